import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { runCli } from "../support/cli.js";

test("the screenful in README.md is what the command prints", async () => {
  const [, args, screen] =
    /```\n\$ npx cal-inspect ([^\n]+)\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8")) ?? [];
  const { status, stdout, stderr } = await runCli(args.split(" "));
  expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: "", stdout: screen });
});
