import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { runCli } from "../support/cli.js";

const SCREENS = [...readFileSync("README.md", "utf8").matchAll(/```\n\$ npx cal-inspect ([^\n]+)\n([\s\S]*?)```/g)];

test("README.md shows calls, and a call byte by byte", () => {
  const shown = ["captures/nginx.pcap", "explain captures/add.pcap --call 1"];
  expect(SCREENS.map(([, args]) => args)).toEqual(expect.arrayContaining(shown));
});

test.each(SCREENS.map(([, args, screen]) => [args, screen]))("$ npx cal-inspect %s", async (args, screen) => {
  const { status, stdout, stderr } = await runCli(args.split(" "));
  expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: "", stdout: screen });
});
