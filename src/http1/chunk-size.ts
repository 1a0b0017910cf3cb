/** `chunk-size [ chunk-ext ] CRLF` (RFC 9112 §7.1), byte by byte. */
export class ChunkSizeReader {
  size = 0;
  private digits = 0;
  private length = 0;
  private inExtension = false;

  begin(): void {
    this.size = 0;
    this.digits = 0;
    this.length = 0;
    this.inExtension = false;
  }

  /** "more": the line goes on. "end": `size` is read. "junk": it is no such line. */
  push(byte: number): "more" | "end" | "junk" {
    if (byte === LF) return this.digits > 0 ? "end" : "junk";
    if (++this.length > MAX_LINE) return "junk";
    if (this.inExtension) return "more";
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.digits++;
      this.size = this.size * 16 + digit;
      // "Recipients MUST anticipate potentially large hexadecimal numerals and prevent parsing errors due to integer conversion"
      return Number.isSafeInteger(this.size) ? "more" : "junk";
    }
    if (this.digits === 0) return "junk";
    this.inExtension = byte === SEMICOLON || byte === SPACE || byte === TAB || byte === CR;
    return this.inExtension ? "more" : "junk";
  }
}

/** "A recipient MUST ignore unrecognized chunk extensions. A server ought to limit the total length": 4 KiB a line. */
const MAX_LINE = 4096;
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const SEMICOLON = 59;

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
