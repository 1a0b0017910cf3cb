/** Nanoseconds as milliseconds with three digits that mean something: "0.412 ms", "12.3 ms", "1530 ms". */
export function formatMs(ns: number): string {
  const ms = ns / 1e6;
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : ms >= 1 ? 2 : 3)} ms`;
}
