/** 64-bit integers and IEEE 754 numbers, given as two unsigned 32-bit halves, as text. */

const HALF = 4294967296;
/** Below it a float has fewer than the 6 decimal digits that every other one can hold. */
const SMALLEST_NORMAL_FLOAT = 2 ** -126;
const bytes = new DataView(new ArrayBuffer(8));

/** Decimal text of an unsigned 64-bit integer. */
export function formatUint64(lo: number, hi: number): string {
  if (hi === 0) return String(lo);
  if (hi < 0x200000) return String(hi * HALF + lo);
  return String((BigInt(hi) << 32n) | BigInt(lo));
}

/** Decimal text of a signed 64-bit integer in two's complement. */
export function formatInt64(lo: number, hi: number): string {
  if (hi < 0x80000000) return formatUint64(lo, hi);
  const low = -lo >>> 0;
  return `-${formatUint64(low, (low === 0 ? -hi : ~hi) >>> 0)}`;
}

/** Decimal text of a zigzag-encoded 64-bit integer (encoding guide, "Signed Integers"). */
export function formatSint64(lo: number, hi: number): string {
  const sign = -(lo & 1);
  return formatInt64((((lo >>> 1) | (hi << 31)) ^ sign) >>> 0, ((hi >>> 1) ^ sign) >>> 0);
}

/** A zigzag-encoded 32-bit integer. */
export function zigzag32(lo: number): number {
  return (lo >>> 1) ^ -(lo & 1);
}

export function toDouble(lo: number, hi: number): number {
  bytes.setUint32(0, hi);
  bytes.setUint32(4, lo);
  return bytes.getFloat64(0);
}

export function toFloat(lo: number): number {
  bytes.setUint32(0, lo);
  return bytes.getFloat32(0);
}

/** ProtoJSON of a double: the shortest text that reads back as the same number; NaN and infinities as strings. */
export function doubleJson(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return `"${value}"`;
}

/** ProtoJSON of a float: the shortest text that reads back as the same float (0.1, not 0.10000000149011612). */
export function floatJson(value: number): string {
  const size = Math.abs(value);
  if ((size < 16_777_216 && Number.isInteger(value)) || !Number.isFinite(value)) return doubleJson(value);
  for (let digits = size < SMALLEST_NORMAL_FLOAT ? 1 : 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}
