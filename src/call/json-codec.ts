/**
 * A message whose codec is JSON (`application/grpc+json`) → its text on one line, as it stands: numbers keep all their digits. Checked
 * by the grammar of RFC 8259, and nothing is made of its values: a megabyte of "{}," would be a hundred of objects.
 */
import { decodeUtf8Strict } from "../bytes/text.js";

/** null: no JSON (RFC 8259), or arrays and objects in each other deeper than `maxDepth`. */
export function compactJson(body: Uint8Array, maxDepth: number): string | null {
  return new Compactor(body).run(maxDepth);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Copies what is not whitespace between tokens. Each method but `space` answers whether what it is called for was there. */
class Compactor {
  private at = 0;
  private readonly out: Uint8Array;
  private length = 0;

  constructor(private readonly body: Uint8Array) {
    this.out = new Uint8Array(body.length);
  }

  run(maxDepth: number): string | null {
    const isWhole = this.value(maxDepth) && this.at === this.body.length;
    // What is taken off is ASCII: the rest is UTF-8 if all is.
    return isWhole ? decodeUtf8Strict(this.out, 0, this.length) : null;
  }

  /** With the whitespace around it. */
  private value(depth: number): boolean {
    this.space();
    const is = this.bare(depth);
    this.space();
    return is;
  }

  private bare(depth: number): boolean {
    switch (this.body[this.at]) {
      case OPEN_OBJECT:
        return depth > 0 && this.list(CLOSE_OBJECT, () => this.member(depth - 1));
      case OPEN_ARRAY:
        return depth > 0 && this.list(CLOSE_ARRAY, () => this.value(depth - 1));
      case QUOTE:
        return this.string();
      case 0x74:
        return this.literal("true");
      case 0x66:
        return this.literal("false");
      case 0x6e:
        return this.literal("null");
      default:
        return this.number();
    }
  }

  private list(close: number, item: () => boolean): boolean {
    this.copy();
    this.space();
    if (this.take(close)) return true;
    do if (!item()) return false;
    while (this.take(COMMA));
    return this.take(close);
  }

  private member(depth: number): boolean {
    this.space();
    if (!this.string()) return false;
    this.space();
    return this.take(COLON) && this.value(depth);
  }

  private string(): boolean {
    if (!this.take(QUOTE)) return false;
    for (;;) {
      const byte = this.body[this.at];
      if (byte === undefined || byte < 0x20) return false;
      this.copy();
      if (byte === QUOTE) return true;
      if (byte === BACKSLASH && !this.escape()) return false;
    }
  }

  private escape(): boolean {
    const byte = this.body[this.at];
    if (byte === undefined || !ESCAPES.includes(byte)) return false;
    this.copy();
    if (byte !== 0x75) return true;
    for (let i = 0; i < 4; i++) if (!this.takeIf(isHexDigit)) return false;
    return true;
  }

  private literal(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (!this.take(word.charCodeAt(i))) return false;
    return true;
  }

  private number(): boolean {
    this.take(0x2d);
    if (!this.take(0x30) && !this.digits()) return false;
    if (this.take(0x2e) && !this.digits()) return false;
    if (!this.take(0x65) && !this.take(0x45)) return true;
    if (!this.take(0x2b)) this.take(0x2d);
    return this.digits();
  }

  private digits(): boolean {
    if (!this.takeIf(isDigit)) return false;
    while (this.takeIf(isDigit));
    return true;
  }

  private space(): void {
    for (;;) {
      const byte = this.body[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at++;
    }
  }

  private take(byte: number): boolean {
    if (this.body[this.at] !== byte) return false;
    this.copy();
    return true;
  }

  private takeIf(is: (byte: number) => boolean): boolean {
    if (this.at >= this.body.length || !is(this.body[this.at])) return false;
    this.copy();
    return true;
  }

  private copy(): void {
    this.out[this.length++] = this.body[this.at++];
  }
}

/** Behind a backslash: `"\\/bfnrtu`. */
const ESCAPES: readonly number[] = [0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74, 0x75];

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
