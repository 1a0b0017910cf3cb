/** Chunks until they end or `stopped` resolves; then the source is let go, whatever it still waits for. */
export async function* takeUntil(
  chunks: AsyncIterable<Uint8Array>,
  stopped: Promise<void>,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const stop = stopped.then(() => null);
  for (;;) {
    const next = iterator.next();
    const result = await Promise.race([next, stop]);
    if (result === null) {
      next.catch(() => {});
      return;
    }
    if (result.done) return;
    yield result.value;
  }
}
