/**
 * Packet numbers of several captures that are read as one: the index of the capture above 32 bits, the number in it below. With
 * one capture the index is 0, and the number is the number.
 */
const STRIDE = 2 ** 32;

export function joinPacketNumber(captureIndex: number, number: number): number {
  return captureIndex * STRIDE + number;
}

export function captureIndexOf(joined: number): number {
  return Math.floor(joined / STRIDE);
}

export function packetNumberIn(joined: number): number {
  // a remainder of doubles is slow, and one capture is the rule
  return joined < STRIDE ? joined : joined % STRIDE;
}
