import type { HeaderField, Source } from "./header-field.js";

/**
 * A field read from an entry that lost insertions may have moved: told as inferred until it is known that it was this entry.
 * Then what was handed out before is as good as read.
 */
export class DoubtfulField implements HeaderField {
  isSure = false;

  constructor(private readonly field: HeaderField) {}

  get name(): string {
    return this.field.name;
  }

  get value(): string {
    return this.field.value;
  }

  get valueBytes(): Uint8Array | null {
    return this.field.valueBytes;
  }

  get neverIndexed(): boolean {
    return this.field.neverIndexed;
  }

  get placeholder(): number {
    return this.field.placeholder;
  }

  get nameSource(): Source {
    return this.doubt(this.field.nameSource);
  }

  get valueSource(): Source {
    return this.doubt(this.field.valueSource);
  }

  private doubt(source: Source): Source {
    return source === "observed" && !this.isSure ? "inferred" : source;
  }
}
