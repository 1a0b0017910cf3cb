/** pcapng's 64-bit timestamps in an interface's own unit → seconds and nanoseconds, exactly. */

/** Seconds and nanoseconds of the last conversion: one object, used again, because two numbers come out. */
export class TimestampUnit {
  seconds = 0;
  nanoseconds = 0;
  private readonly ticksPerSecond: number;
  private readonly nanosecondsPerTick: number;
  private readonly exactTicksPerSecond: bigint;

  /**
   * `resolution` is if_tsresol: "If the Most Significant Bit is equal to zero, the remaining bits indicate the resolution of
   * the timestamp as a negative power of 10 … equal to one, … of 2". `offsetSeconds` is if_tsoffset.
   */
  constructor(
    resolution = 6,
    private readonly offsetSeconds = 0,
  ) {
    const power = resolution & 0x7f;
    const decimal = (resolution & 0x80) === 0;
    this.exactTicksPerSecond = (decimal ? 10n : 2n) ** BigInt(power);
    // Zero: no fast way. With at most 10^9 ticks a second the arithmetic on 32 bits below is exact.
    this.ticksPerSecond = decimal && power <= 9 ? 10 ** power : 0;
    this.nanosecondsPerTick = decimal && power <= 9 ? 10 ** (9 - power) : 0;
  }

  convert(high: number, low: number): void {
    const { ticksPerSecond } = this;
    if (ticksPerSecond === 0) {
      this.convertExactly(high, low);
      return;
    }
    // The quotient of doubles may be off by one; the remainder modulo 2^32 is exact and shows it, as 2 · 10^9 < 2^32.
    let seconds = Math.floor((high * 0x1_0000_0000 + low) / ticksPerSecond);
    let ticks = (low - Math.imul(seconds, ticksPerSecond)) >>> 0;
    if (ticks >= ticksPerSecond) {
      const tooLow = ticks < 2 * ticksPerSecond;
      seconds += tooLow ? 1 : -1;
      ticks = (tooLow ? ticks - ticksPerSecond : ticks + ticksPerSecond) >>> 0;
    }
    this.seconds = seconds + this.offsetSeconds;
    this.nanoseconds = ticks * this.nanosecondsPerTick;
  }

  private convertExactly(high: number, low: number): void {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    this.seconds = Number(ticks / this.exactTicksPerSecond) + this.offsetSeconds;
    this.nanoseconds = Number(((ticks % this.exactTicksPerSecond) * 1_000_000_000n) / this.exactTicksPerSecond);
  }
}
