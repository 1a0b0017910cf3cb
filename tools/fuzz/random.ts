/** Repeatable randomness: the same seed gives the same inputs everywhere. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }

  /** 0 … 2^32 - 1 (xorshift32). */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  /** 0 … bound - 1. */
  below(bound: number): number {
    return this.next() % bound;
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.next() % n === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.next() % items.length];
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.next() >>> 7;
    return bytes;
  }

  /** Changes a few bytes in place: flipped bits, values that break lengths, copies from elsewhere. */
  mutate(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    for (let times = 1 + this.below(4); times > 0; times--) {
      const at = this.below(bytes.length);
      const how = this.below(4);
      if (how === 0) bytes[at] ^= 1 << this.below(8);
      else if (how === 1) bytes[at] = this.pick(INTERESTING);
      else if (how === 2) bytes[at] = this.next();
      else bytes.copyWithin(at, this.below(bytes.length), bytes.length);
    }
  }
}

const INTERESTING = [0, 1, 0x0f, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xbe, 0xc0, 0xfe, 0xff];
