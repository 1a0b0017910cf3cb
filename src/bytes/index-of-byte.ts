/** Where `byte` first stands in `buf[start, end)`; `end`: nowhere. What is behind is not looked at, as `indexOf` would. */
export function indexOfByte(buf: Uint8Array, byte: number, start: number, end: number): number {
  let at = start;
  while (at < end && buf[at] !== byte) at++;
  return at;
}
