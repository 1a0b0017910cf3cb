/** Protobuf's `int32`: −2^31 to 2^31 − 1. */
export const INT32_MIN = -2_147_483_648;
export const INT32_MAX = 2_147_483_647;

/** Exact for sums and products of two int32: a double rounds them by far less than their distance to the bounds. */
export function isInt32(number: number): boolean {
  return Number.isInteger(number) && number >= INT32_MIN && number <= INT32_MAX;
}

/** A decimal integer in int32's range, or `null`: no blanks, no fraction, no exponent, no other base. */
export function parseInt32(text: string): number | null {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    return null;
  }
  const number = Number(text);
  return isInt32(number) ? number + 0 : null;
}
