/** Writes wire bytes for tests, record by record, also such as no serializer would write. */

export function varint(value: bigint | number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
}

export function tag(number: number, wireType: number): number[] {
  return varint((BigInt(number) << 3n) | BigInt(wireType));
}

export function varintField(number: number, value: bigint | number): number[] {
  return [...tag(number, 0), ...varint(value)];
}

export function lenField(number: number, payload: Iterable<number>): number[] {
  const bytes = [...payload];
  return [...tag(number, 2), ...varint(bytes.length), ...bytes];
}

export function textField(number: number, text: string): number[] {
  return lenField(number, new TextEncoder().encode(text));
}

export function groupField(number: number, payload: Iterable<number>): number[] {
  return [...tag(number, 3), ...payload, ...tag(number, 4)];
}

/** A map entry, or any other message made of the parts. */
export function entryField(number: number, ...parts: number[][]): number[] {
  return lenField(number, parts.flat());
}

export function i32Field(number: number, bits: number): number[] {
  return [...tag(number, 5), ...littleEndian(BigInt(bits >>> 0), 4)];
}

export function i64Field(number: number, bits: bigint): number[] {
  return [...tag(number, 1), ...littleEndian(bits, 8)];
}

export function littleEndian(bits: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number((BigInt.asUintN(64, bits) >> BigInt(8 * i)) & 255n));
}

export function doubleBits(value: number): bigint {
  return new BigUint64Array(new Float64Array([value]).buffer)[0];
}

export function floatBits(value: number): number {
  return new Uint32Array(new Float32Array([value]).buffer)[0];
}

export function zigzag(value: bigint): bigint {
  return value >= 0n ? value << 1n : (-value << 1n) - 1n;
}
