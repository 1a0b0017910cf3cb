/**
 * Golden logs: Markdown files that say what goes in and what comes out, in places counted from the first byte.
 *
 * A case is a heading of level 2, a sentence of why, a fenced block `in` and a fenced block `out`. It is played whole, byte by byte
 * and cut in two at every place; each piece lies in a buffer of its own that is overwritten once it was taken, so that a view
 * that was kept shows.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { CloseReason, Side } from "../../src/bytes/byte-stream-sink.js";

export interface GoldenCase {
  readonly heading: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

/** One thing that happens, in order: bytes of a side, bytes of it that are missing, its end. */
export type GoldenStep =
  | { readonly side: Side; readonly bytes: Uint8Array }
  | { readonly side: Side; readonly gap: number }
  | { readonly side: Side; readonly close: CloseReason };

/** What is under test, opened afresh for each run. */
export interface GoldenPlayer {
  data(side: Side, buf: Uint8Array, start: number, end: number, at: number): void;
  gap(side: Side, at: number, length: number): void;
  close(side: Side, reason: CloseReason): void;
  /** What came out, a line an event. */
  lines(): readonly string[];
}

export function parseGolden(markdown: string): GoldenCase[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const heading = section.slice(0, section.indexOf("\n"));
      const input = fence(section, "in");
      const output = fence(section, "out");
      const why = section.slice(heading.length, section.indexOf("```")).trim();
      if (input === null || output === null || why === "")
        throw new Error(`${heading}: a case has a sentence, a block \`in\` and a block \`out\``);
      return { heading, input, output };
    });
}

function fence(section: string, name: string): string[] | null {
  const body = new RegExp(`^\`\`\`${name}\n([\\s\\S]*?)^\`\`\``, "m").exec(section)?.[1];
  return body === undefined ? null : body.split("\n").filter((line) => line.trim() !== "");
}

/** Registers the tests of every .md file in `folder`. `compile` makes steps of the lines of a block `in`. */
export function goldenTests(
  folder: string,
  compile: (lines: readonly string[]) => GoldenStep[],
  open: (heading: string) => GoldenPlayer,
): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".md"))) {
    describe(file, () => {
      for (const { heading, input, output } of parseGolden(readFileSync(`${folder}/${file}`, "utf8"))) {
        const steps = compile(input);
        const total = steps.reduce((sum, step) => sum + ("bytes" in step ? step.bytes.length : 0), 0);
        const run = (cuts: (offset: number) => boolean) => play(steps, open(heading), cuts);
        test(`${heading}: whole`, () => {
          expect(run(() => false)).toEqual(output);
        });
        test(`${heading}: byte by byte, and cut at each of ${total} places`, () => {
          expect(run(() => true)).toEqual(output);
          for (let cut = 1; cut < total; cut++) expect(run((offset) => offset === cut)).toEqual(output);
        });
      }
    });
  }
}

/** `cuts` says whether the input is cut before byte `offset` of all that is sent. */
function play(
  steps: readonly GoldenStep[],
  player: GoldenPlayer,
  cuts: (offset: number) => boolean,
): readonly string[] {
  const at: [number, number] = [0, 0];
  let sent = 0;
  for (const step of steps) {
    const { side } = step;
    if ("gap" in step) {
      player.gap(side, at[side], step.gap);
      at[side] += step.gap;
    } else if ("close" in step) player.close(side, step.close);
    else {
      for (let start = 0; start < step.bytes.length; ) {
        let end = start + 1;
        while (end < step.bytes.length && !cuts(sent + end - start)) end++;
        // the piece stands inside a larger buffer, as packets do
        const buf = new Uint8Array(end - start + 6).fill(0xee);
        buf.set(step.bytes.subarray(start, end), 3);
        player.data(side, buf, 3, 3 + end - start, at[side]);
        buf.fill(0xaa);
        at[side] += end - start;
        sent += end - start;
        start = end;
      }
    }
  }
  return player.lines();
}
