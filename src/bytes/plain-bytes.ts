/**
 * The same bytes as a plain Uint8Array. Node's Buffer is a subclass whose `slice` gives a view where Uint8Array's gives a copy:
 * every door that takes bytes from outside passes them through here, so that `slice` means a copy behind it. No bytes are
 * copied.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
