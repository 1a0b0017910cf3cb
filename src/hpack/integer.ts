/**
 * An integer with a prefix of 1 to 8 bits (RFC 7541 §5.1).
 *
 *      0   1   2   3   4   5   6   7
 *    +---+---+---+---+---+---+---+---+
 *    | ? | ? | ? | 1   1   1   1   1 |    a value below the mask stands in the prefix itself
 *    +---+---+---+-------------------+
 *    | 1 |    Value-(2^N-1) LSB      |    the first bit says whether another byte follows
 *    +---+---------------------------+
 */

/** §5.1 sets no limit; 2^32 - 1 is the largest setting there is, and nothing above it has a meaning. */
export const MAX_INTEGER = 0xffffffff;

export class IntegerReader {
  /** Behind the integer; where it was cut off, the end of the bytes. */
  next = 0;
  short = false;
  /** It was larger than MAX_INTEGER, which is what was returned. Its end is still right. */
  overflow = false;

  /** `mask`: the prefix, all ones. */
  read(buf: Uint8Array, at: number, end: number, mask: number): number {
    this.short = this.overflow = false;
    if (at >= end) return this.cut(end);
    let value = buf[at] & mask;
    let i = at + 1;
    if (value === mask) {
      let scale = 1;
      let byte: number;
      do {
        if (i >= end) return this.cut(end);
        byte = buf[i++];
        // a zero adds nothing, however many there are; the scale stops growing where nothing below MAX_INTEGER is left
        if (byte & 0x7f) value += (byte & 0x7f) * scale;
        if (scale <= MAX_INTEGER) scale *= 128;
      } while (byte >= 0x80);
    }
    this.next = i;
    if (value <= MAX_INTEGER) return value;
    this.overflow = true;
    return MAX_INTEGER;
  }

  private cut(end: number): number {
    this.short = true;
    this.next = end;
    return 0;
  }
}
