/** Numbers and strings as JSON bytes, held against JavaScript's own. */
import { expect, test } from "@jest/globals";
import { JsonBytes } from "../../src/protobuf/transcode/json-bytes.js";

const bytes = new JsonBytes();
const written = (end: number): string => new TextDecoder().decode(bytes.out.subarray(0, end));

test("64-bit integers at every edge of their digits and bits", () => {
  const edges: bigint[] = [];
  for (let power = 0n; power < 64n; power++) edges.push(2n ** power, -(2n ** power));
  for (let power = 0n; power < 19n; power++) edges.push(10n ** power, -(10n ** power), 7n * 10n ** power);
  for (const edge of edges) {
    for (let value = edge - 3n; value <= edge + 3n; value++) {
      const [lo, hi] = [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
      expect(written(bytes.uint64(lo, hi, 0))).toBe(`"${BigInt.asUintN(64, value)}"`);
      expect(written(bytes.int64(lo, hi, 0))).toBe(`"${BigInt.asIntN(64, value)}"`);
    }
  }
});

test("strings of every length, with what needs care at every place", () => {
  for (let length = 0; length <= 40; length++) {
    for (let place = 0; place < length; place++) {
      for (const special of ['"', "\\", "\n", "\u0000", "\u001f", " ", "!", "\u007f", "#", "[", "]"]) {
        const text = `${"a".repeat(place)}${special}${"z".repeat(length - place - 1)}`;
        const buf = new TextEncoder().encode(`<${text}>`);
        for (const source of [null, new DataView(buf.buffer)]) {
          const end = bytes.string(buf, source, 1, buf.length - 1, 0);
          expect(JSON.parse(written(end))).toBe(text);
        }
      }
      const buf = new TextEncoder().encode(`${"a".repeat(place)}€${"z".repeat(length)}`);
      const end = bytes.string(buf, new DataView(buf.buffer), 0, buf.length, 0);
      expect(JSON.parse(written(end))).toBe(`${"a".repeat(place)}€${"z".repeat(length)}`);
      buf[place + 1] = 0x41;
      expect(bytes.string(buf, new DataView(buf.buffer), 0, buf.length, 0)).toBe(-1);
    }
  }
});
