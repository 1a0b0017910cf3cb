/**
 * Feeds bytes in pieces, each in a buffer of its own that is overwritten once it was taken: a kept view shows at once. Every
 * other piece is a Node Buffer, as shells push them: its `slice` is no copy.
 */
export function pushInPieces(bytes: Uint8Array, cuts: readonly number[], push: (piece: Uint8Array) => void): void {
  const ends = [...cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length].sort((a, b) => a - b);
  let start = 0;
  let isBuffer = false;
  for (const end of ends) {
    if (end === start) continue;
    const copy = Uint8Array.prototype.slice.call(bytes, start, end);
    const piece = (isBuffer = !isBuffer) ? Buffer.from(copy.buffer, 0, copy.length) : copy;
    push(piece);
    piece.fill(0xee);
    start = end;
  }
}

/** A cut behind every `size` bytes. */
export function everyBytes(length: number, size: number): number[] {
  return Array.from({ length: Math.floor(length / size) }, (_, i) => (i + 1) * size);
}
