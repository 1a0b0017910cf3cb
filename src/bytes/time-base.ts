import { ByteWriter, labelOf } from "./byte-writer.js";

const ZULU = labelOf("Z");

/**
 * So long before the first packet lies the base: each time is then above 2^31 from the start. V8 compiles code for small integers
 * and for doubles apart, and would throw away what it has of half the pipeline once times grow from the one to the other.
 */
const LEAD_SECONDS = 10;

/**
 * Times inside the pipeline are nanoseconds since a base of whole seconds: a double holds 104 days of them exactly, where
 * nanoseconds since 1970 would lose the last two digits.
 */
export class TimeBase {
  /** Seconds since 1970-01-01T00:00:00Z that stand for time 0; set by the first packet, or by the shell for live input. */
  private baseSeconds: number | null = null;
  private cachedSeconds = Number.NaN;
  private cachedText = labelOf("");

  /** Absolute capture time → nanoseconds since the base. The first call sets the base. */
  toNs(seconds: number, nanoseconds: number): number {
    if (this.baseSeconds === null) this.baseSeconds = seconds - LEAD_SECONDS;
    return (seconds - this.baseSeconds) * 1e9 + nanoseconds;
  }

  /** RFC 3339, UTC, microseconds, or nanoseconds where there are any: "2026-01-31T12:00:00.123456Z". */
  format(timeNs: number): string {
    const out = new ByteWriter(32);
    this.write(timeNs, out);
    return out.toString();
  }

  /** The same, appended to `out`. */
  write(timeNs: number, out: ByteWriter): void {
    const whole = Math.floor(timeNs / 1e9);
    const fraction = Math.round(timeNs - whole * 1e9);
    if (whole !== this.cachedSeconds) {
      this.cachedSeconds = whole;
      this.cachedText = labelOf(formatSeconds((this.baseSeconds ?? 0) + whole));
    }
    out.label(this.cachedText);
    const micros = Math.floor(fraction / 1000);
    out.padded6(micros);
    if (micros * 1000 !== fraction) out.padded3(fraction - micros * 1000);
    out.label(ZULU);
  }
}

/** The largest time a Date holds, in seconds (ECMA-262: ±100,000,000 days). */
const MAX_SECONDS = 8.64e12;

function formatSeconds(seconds: number): string {
  const bounded = Math.max(-MAX_SECONDS, Math.min(MAX_SECONDS, seconds));
  return new Date(bounded * 1000).toISOString().replace(/\d{3}Z$/, "");
}
