/** Bits of a zstd stream: forward for table descriptions, backward for what they decode (RFC 8878 §4.1). Little-endian both ways. */

/** `count` bits (at most 32) from bit `at` of `bytes` on; bits behind `end` bytes read as 0. */
function bitsAt(bytes: Uint8Array, end: number, at: number, count: number): number {
  const first = at >> 3;
  const shift = at & 7;
  let value = 0;
  for (let i = 0; 8 * i < shift + count && first + i < end; i++) value += bytes[first + i] * 2 ** (8 * i);
  return Math.floor(value / 2 ** shift) % 2 ** count;
}

export class ForwardBits {
  private bit = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly start: number,
    private readonly end: number,
  ) {}

  read(count: number): number {
    const value = bitsAt(this.bytes, this.end, 8 * this.start + this.bit, count);
    this.bit += count;
    return value;
  }

  rewind(count: number): void {
    this.bit -= count;
  }

  /** Offset behind the last byte that was begun. Throws where bits behind the end were read. */
  align(): number {
    const at = this.start + ((this.bit + 7) >> 3);
    if (at > this.end) throw new Error("a table description is cut");
    return at;
  }
}

const MAX_PEEK = 24;

/** From the last bit to the first. "the last byte … contains … a single 1-bit" that ends it, and padding above. */
export class BackwardBits {
  /** Unread bits; below 0: more were asked for than there are, and these read as 0. */
  left: number;
  private readonly base: number;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    end: number,
  ) {
    if (start >= end || bytes[end - 1] === 0) throw new Error("a bit stream has no end mark");
    this.base = 8 * start;
    this.left = 8 * (end - start) - 1 - Math.clz32(bytes[end - 1] << 24);
  }

  /** At most 31 bits. */
  read(count: number): number {
    if (count > MAX_PEEK) return this.read(count - 16) * 2 ** 16 + this.read(16);
    const value = this.peek(count);
    this.left -= count;
    return value;
  }

  /** At most 24 bits, so that they lie in 32 with those before them in a byte. */
  peek(count: number): number {
    const at = this.left - count;
    if (at >= 0) return this.wordAt(at) & ((1 << count) - 1);
    return this.left <= 0 ? 0 : (this.wordAt(0) & ((1 << this.left) - 1)) << -at;
  }

  private wordAt(at: number): number {
    const { bytes } = this;
    const first = (this.base + at) >> 3;
    const word = bytes[first] | (bytes[first + 1] << 8) | (bytes[first + 2] << 16) | (bytes[first + 3] << 24);
    return word >> (at & 7);
  }
}
