import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

/** The example in the head of src/index.ts, as a user would run it. */
function exampleOf(file: string): string {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readFileSync(file, "utf8")) ?? [];
  return example.replace(/^ \* ?/gm, "");
}

test.each(["src/index.ts", "README.md"])("the library example in %s runs and prints the call", (file) => {
  const args = ["--input-type=module", "--eval", exampleOf(file)];
  expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toBe("/Cal/Add ok { number: 400 }\n");
});
