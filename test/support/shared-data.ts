/** Test data from outside the project: a folder beside the checkout, which not every machine has. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "@jest/globals";

const ROOT = resolve("../shared/data");

export function sharedData(...path: string[]): string {
  return join(ROOT, ...path);
}

/** `describe`, where the folder is there; else one skipped test that says so. */
export function describeWithSharedData(name: string, body: () => void): void {
  if (existsSync(ROOT)) describe(name, body);
  else describe(name, () => test.skip("skipped: ../shared/data is not there", () => {}));
}
