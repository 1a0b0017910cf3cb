/** Feeds bytes in pieces, each in a buffer of its own that is overwritten once it was taken: a kept view shows at once. */
export function pushInPieces(bytes: Uint8Array, cuts: readonly number[], push: (piece: Uint8Array) => void): void {
  const ends = [...cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    if (end === start) continue;
    const piece = bytes.slice(start, end);
    push(piece);
    piece.fill(0xee);
    start = end;
  }
}

/** A cut behind every `size` bytes. */
export function everyBytes(length: number, size: number): number[] {
  return Array.from({ length: Math.floor(length / size) }, (_, i) => (i + 1) * size);
}
