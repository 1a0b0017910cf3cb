/** Dynamic table size updates (RFC 7541 §4.2, §6.3): what they do to the table, and what an encoder has to keep to. */
import type { Report } from "../diagnostics/diagnostic.js";
import type { DynamicTable } from "./dynamic-table.js";

type BlockPlace = { at: number; length: number };

export class SizeUpdates {
  /** No header field of the block was read yet: updates may come. */
  atStart = true;
  /** The limit fell below the table's size: the next block must begin with an update. */
  due = false;
  /** Those of the block at hand. */
  private count = 0;

  /**
   * `allowed`: what SETTINGS_HEADER_TABLE_SIZE allows the encoder; null: not known. `limit`: the largest table that is kept,
   * whatever is allowed.
   */
  constructor(
    private readonly table: DynamicTable,
    private readonly report: Report,
    private allowed: number | null,
    private readonly limit: number,
  ) {}

  /** A block begins. */
  begin(): void {
    this.atStart = true;
    this.count = 0;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, acknowledged by this direction's sender, so its later blocks keep to it. */
  allow(bytes: number): void {
    // RFC 9113 §4.3.1: an encoder whose peer reduced the maximum below the table's size "MUST ensure that the first field block
    // following the acknowledgment … begins with a Dynamic Table Size Update instruction"
    this.due = this.allowed !== null && (this.due || bytes < this.table.maxSize);
    this.allowed = bytes;
  }

  apply(size: number, place: BlockPlace): void {
    const { allowed, limit, report } = this;
    this.due = false;
    this.count++;
    // §4.2: "This dynamic table size update MUST occur at the beginning of the first header block following the change"
    if (!this.atStart) report("HPACK_SIZE_UPDATE_LATE", { size }, place);
    // §4.2: "…in which case at most two dynamic table size updates are sent"; told once a block
    if (this.count === 3) report("HPACK_SIZE_UPDATES_MANY", {}, place);
    // §6.3: "The new maximum size MUST be lower than or equal to the limit determined by the protocol using HPACK."
    if (allowed !== null && size > allowed) report("HPACK_SIZE_UPDATE_TOO_LARGE", { size, allowed }, place);
    if (size > limit) report("HPACK_TABLE_LIMIT", { size, limit }, place);
    this.table.resize(Math.min(size, limit));
  }

  /** The first header field comes, at `at`. */
  end(at: number): void {
    this.atStart = false;
    if (!this.due) return;
    this.due = false;
    this.report("HPACK_SIZE_UPDATE_MISSING", { allowed: this.allowed ?? 0 }, { at, length: 1 });
  }
}
