import { expect, jest, test } from "@jest/globals";
import { JoinedInput, type RecordParser } from "../../src/capture/joined-input.js";

const STEP = 20;

/** Takes STEP bytes whenever `wanted` are there, and keeps the sum of what it took. */
class SteppingParser implements RecordParser {
  taken: number[] = [];
  constructor(readonly wanted: number) {}

  parse(buf: Uint8Array, start: number, end: number, fileOffset: number, final: boolean): number {
    if (fileOffset !== this.taken.length) throw new Error(`byte ${this.taken.length} is told as ${fileOffset}`);
    let at = start;
    while (end - at >= this.wanted || (final && at < end)) {
      const to = Math.min(end, at + STEP);
      for (; at < to; at++) this.taken.push(buf[at]);
    }
    return at;
  }

  cutInSkip(): void {}
}

const input = Uint8Array.from({ length: 60_000 }, (_, i) => i % 251);

test.each([STEP, 100, 20_000])("%d bytes wanted: every byte is told once, however it is cut", (wanted) => {
  for (const cut of [1, 7, 4096, input.length]) {
    const parser = new SteppingParser(wanted);
    const joined = new JoinedInput(parser);
    for (let at = 0; at < input.length; at += cut) joined.push(input.subarray(at, at + cut));
    joined.end();
    expect(Uint8Array.from(parser.taken)).toEqual(input);
  }
});

test("what waits is not moved for each small record in front of it", () => {
  const moves = jest.spyOn(Uint8Array.prototype, "copyWithin");
  const joined = new JoinedInput(new SteppingParser(20_000));
  for (let at = 0; at < input.length; at += 1000) joined.push(input.subarray(at, at + 1000));
  const moved = moves.mock.calls.reduce((sum, [, from, to = 0]) => sum + to - from, 0);
  moves.mockRestore();
  expect(moved).toBeLessThan(2 * input.length);
});
