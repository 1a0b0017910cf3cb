/** What work costs in CPU time: of some runs the cheapest, as what else the machine does only adds to it. */

export async function costOf(run: () => unknown, runs = 3): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  // At least what the clock can tell.
  return Math.max(least, 100);
}

/** Between 8, for work that costs what it is, and 64, for work that costs its square. */
export const SQUARE = 24;

/** How many times as much eight times `count` costs. */
export async function growth(count: number, run: (count: number) => unknown): Promise<number> {
  await run(count);
  const few = await costOf(() => run(count), 5);
  return (await costOf(() => run(8 * count), 2)) / few;
}
