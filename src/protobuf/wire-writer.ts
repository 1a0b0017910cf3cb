/** The protobuf wire format, written: for the few messages that we make ourselves. */
const utf8 = new TextEncoder();

export class WireWriter {
  private bytes = new Uint8Array(64);
  length = 0;

  /** Also negative ones, sign-extended to 64 bits. */
  varint(number: number, value: number): this {
    this.plain(number * 8);
    this.value(value);
    return this;
  }

  /** Only when it is true: false is the default. */
  bool(number: number, value: boolean): this {
    return value ? this.varint(number, 1) : this;
  }

  len(number: number, payload: Uint8Array): this {
    this.plain(number * 8 + 2);
    this.plain(payload.length);
    this.room(payload.length);
    this.bytes.set(payload, this.length);
    this.length += payload.length;
    return this;
  }

  text(number: number, text: string): this {
    return this.len(number, utf8.encode(text));
  }

  packed(number: number, values: readonly number[]): this {
    const run = new WireWriter();
    for (const value of values) run.value(value);
    return this.len(number, run.finish());
  }

  private value(value: number): void {
    if (value >= 0) this.plain(value);
    else {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.byte(Number(rest & 127n) | 128);
      this.byte(Number(rest));
    }
  }

  private plain(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 128);
    this.byte(rest);
  }

  private byte(value: number): void {
    this.room(1);
    this.bytes[this.length++] = value;
  }

  private room(length: number): void {
    if (this.length + length <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + length));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}
