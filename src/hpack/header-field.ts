/**
 * How a text is known. "observed": its bytes were read. "inferred": worked out from other evidence, or read from a table
 * entry that lost bytes may have moved. "unknown": it was sent before the capture began or inside a gap.
 */
export type Source = "observed" | "inferred" | "unknown";

/** One header field. Fields that come from a table entry are shared: one object for as long as the entry lives. */
export interface HeaderField {
  /** Empty while `nameSource` is "unknown". */
  readonly name: string;
  /** UTF-8 text. Where the bytes are no UTF-8, one character per byte, and `valueBytes` holds them. */
  readonly value: string;
  readonly valueBytes: Uint8Array | null;
  /** Sent as "never indexed" (RFC 7541 §6.2.3): a value that its sender holds to be sensitive. */
  readonly neverIndexed: boolean;
  readonly nameSource: Source;
  readonly valueSource: Source;
  /**
   * 0: seen. Otherwise name or value come from a table entry put there before the capture began or inside a gap, and this
   * number stands for that entry: the same for as long as it lives, 1, 2, … in each direction. Name and value may be inferred
   * later: the field then has them, also where it was handed out before.
   */
  readonly placeholder: number;
}

/** A field that was read whole. */
export function observedField(
  name: string,
  value: string,
  valueBytes: Uint8Array | null = null,
  neverIndexed = false,
): HeaderField {
  return {
    name,
    value,
    valueBytes,
    neverIndexed,
    nameSource: "observed",
    valueSource: "observed",
    placeholder: 0,
  };
}

/** Value of the first field of that name, or null: there is none, or its value is not known. */
export function fieldValue(fields: readonly HeaderField[], name: string): string | null {
  const field = knownField(fields, name);
  return field === null ? null : field.value;
}

/** The first field of that name whose value is known, or null. */
export function knownField(fields: readonly HeaderField[], name: string): HeaderField | null {
  for (const field of fields) if (field.name === name && field.valueSource !== "unknown") return field;
  return null;
}
