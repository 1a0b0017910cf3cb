/** ProtoJSON of Timestamp and Duration as bytes; -1 where the values have no such form. */
import type { JsonBytes } from "./json-bytes.js";

const QUOTE = 0x22;
const DAY = 86_400;

/** "2024-02-29T23:59:59.123Z": RFC 3339 in UTC, years 1 to 9999, with 0, 3, 6 or 9 digits of a second. */
export function writeTimestamp(writer: JsonBytes, seconds: number, nanos: number, start: number): number {
  if (!(seconds >= -62_135_596_800 && seconds <= 253_402_300_799) || nanos < 0 || nanos > 999_999_999) return -1;
  const { out } = writer;
  const day = Math.floor(seconds / DAY);
  const second = seconds - day * DAY;
  // Days since 0000-03-01, in eras of 400 years: the leap day is the last of such a year.
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  out[start] = QUOTE;
  twoDigits(out, Math.floor(year / 100), start + 1);
  twoDigits(out, year % 100, start + 3);
  out[start + 5] = 0x2d;
  twoDigits(out, month, start + 6);
  out[start + 8] = 0x2d;
  twoDigits(out, dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1, start + 9);
  out[start + 11] = 0x54;
  twoDigits(out, Math.floor(second / 3_600), start + 12);
  out[start + 14] = 0x3a;
  twoDigits(out, Math.floor(second / 60) % 60, start + 15);
  out[start + 17] = 0x3a;
  twoDigits(out, second % 60, start + 18);
  const at = fraction(out, nanos, start + 20);
  out[at] = 0x5a;
  out[at + 1] = QUOTE;
  return at + 2;
}

/** "-1.500s": at most 10,000 years, seconds and nanos of the same sign. */
export function writeDuration(writer: JsonBytes, seconds: number, nanos: number, start: number): number {
  if (!(Math.abs(seconds) <= 315_576_000_000) || Math.abs(nanos) > 999_999_999 || seconds * nanos < 0) return -1;
  const { out } = writer;
  let at = start;
  out[at++] = QUOTE;
  if (seconds < 0 || nanos < 0) out[at++] = 0x2d;
  at = fraction(out, Math.abs(nanos), writer.ascii(String(Math.abs(seconds)), at));
  out[at] = 0x73;
  out[at + 1] = QUOTE;
  return at + 2;
}

function twoDigits(out: Uint8Array, value: number, at: number): void {
  const tens = (value / 10) | 0;
  out[at] = 48 + tens;
  out[at + 1] = 48 + value - tens * 10;
}

function fraction(out: Uint8Array, nanos: number, at: number): number {
  if (nanos === 0) return at;
  const digits = nanos % 1_000_000 === 0 ? 3 : nanos % 1_000 === 0 ? 6 : 9;
  let rest = nanos / 10 ** (9 - digits);
  out[at] = 0x2e;
  for (let i = at + digits; i > at; i--) {
    const tenth = Math.floor(rest / 10);
    out[i] = 48 + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits + 1;
}
