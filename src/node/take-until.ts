/** Chunks until they end or `stopped` resolves; then the source is let go, whatever it still waits for. */
export async function* takeUntil(
  chunks: AsyncIterable<Uint8Array>,
  stopped: Promise<void>,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let isStopped = false;
  let wake: (nothing: null) => void = () => {};
  stopped.then(() => {
    isStopped = true;
    wake(null);
  });
  while (!isStopped) {
    // Not Promise.race: it would leave something on `stopped` for every chunk, and the chunk with it.
    const result = await new Promise<IteratorResult<Uint8Array> | null>((resolve, reject) => {
      wake = resolve;
      iterator.next().then(resolve, reject);
    });
    if (result === null || result.done) return;
    yield result.value;
  }
}
