/**
 * protobuf's own conformance suite against the walker: binary in, JSON out, recommended cases too. The cases with another input or
 * output are skipped: they do not reach a decoder.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { run } from "../support/processes.js";
import { writeRunner } from "./protobuf/runner.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Cases that fail, one a line, each with its reason behind "#". The list may only shrink: 0 now. */
const EXCEPTIONS = "test/conformance/protobuf/exceptions.txt";
const MAX_EXCEPTIONS = 0;
/** Cases that pass at least: fewer would mean that they are skipped. */
const MIN_SUCCESSES = 620;

const isLinux = process.platform === "linux" && process.arch === "x64";

(isLinux ? describe : describe.skip)("protobuf's conformance runner (for Linux on x86-64)", () => {
  test("every case of binary in, JSON out passes", async () => {
    const runner = join(folder, "runner");
    writeRunner(runner);
    const words = ["--enforce_recommended", "--failure_list", EXCEPTIONS, "--output_dir", folder];
    const { status, stdout, stderr } = await run(runner, [...words, "test/conformance/protobuf/testee.js"]);
    const output = stdout + stderr;
    const [, successes, expected, unexpected] =
      /(\d+) successes, \d+ skipped, (\d+) expected failures, (\d+) unexpected failures/.exec(output) ?? [];
    if (unexpected !== "0") throw new Error(output);
    expect(status).toBe(0);
    expect(Number(successes)).toBeGreaterThanOrEqual(MIN_SUCCESSES);
    expect(Number(expected)).toBeLessThanOrEqual(MAX_EXCEPTIONS);
  });

  test("each exception has its reason, and there are no more than there were", () => {
    const lines = readFileSync(EXCEPTIONS, "utf8").split("\n");
    const exceptions = lines.filter((line) => line !== "" && !line.startsWith("#"));
    expect(exceptions.length).toBeLessThanOrEqual(MAX_EXCEPTIONS);
    expect(exceptions.filter((line) => !/ # \S/.test(line))).toEqual([]);
  });
});
