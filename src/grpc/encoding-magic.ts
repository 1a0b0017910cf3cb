/** Compressed bytes → the encoding that they begin as, for when the header that names it was not seen. */

/** RFC 1952 §2.3.1 with the only method there is; RFC 8878 §3.1.1; snappy's framing_format §4.1. */
const MAGIC: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["snappy", [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]],
];

/** null: deflate, br and raw snappy begin with anything. */
export function encodingByMagic(bytes: Uint8Array): string | null {
  for (const [encoding, magic] of MAGIC) if (magic.every((byte, i) => bytes[i] === byte)) return encoding;
  return null;
}
