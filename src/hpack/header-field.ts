/** One header field. Fields that come from a table entry are shared: one object for as long as the entry lives. */
export interface HeaderField {
  readonly name: string;
  /** UTF-8 text. Where the bytes are no UTF-8, one character per byte, and `valueBytes` holds them. */
  readonly value: string;
  readonly valueBytes: Uint8Array | null;
  /** Sent as "never indexed" (RFC 7541 §6.2.3): a value that its sender holds to be sensitive. */
  readonly neverIndexed: boolean;
  /**
   * 0: seen. Otherwise the entry was put into the table before the capture began or inside a gap, and this number stands for
   * it: the same for the same entry for as long as it lives. `name` and `value` are then empty, or inferred later.
   */
  readonly placeholder: number;
}
