import type { Random } from "./random.js";

/** One thing that is fuzzed. */
export interface Room {
  /** What an input is, in the plural. */
  readonly inputs: string;
  /** Makes inputs and plays them: how many. Throws when the code under test does, or breaks what it promises. */
  play(random: Random): number;
}

/** A class of the product, loaded as it was built: its types are checked where it is used in earnest. */
// biome-ignore lint/suspicious/noExplicitAny: the driver is compiled apart from the product
export type Loaded = any;

/** What the rooms need of the product, as the driver and the tests load it. */
export interface Product {
  readonly LIMITS: object;
  readonly HpackDecoder: new (...args: Loaded[]) => Loaded;
  readonly Http2Connection: new (...args: Loaded[]) => Loaded;
  readonly DetectingSink: new (...args: Loaded[]) => Loaded;
}

export function check(holds: boolean, promise: string): void {
  if (!holds) throw new Error(`broken promise: ${promise}`);
}
