import { describe, expect, test } from "@jest/globals";
import { OffsetMap } from "../../src/bytes/offset-map.js";

function threePackets(): OffsetMap {
  const map = new OffsetMap();
  map.append(0, 100, 4, 66);
  map.append(100, 50, 6, 66);
  map.append(150, 50, 9, 54);
  return map;
}

describe("OffsetMap", () => {
  test.each([
    ["inside one packet", 10, 20, [4]],
    ["to the last byte of a packet", 0, 100, [4]],
    ["over an edge", 99, 101, [4, 6]],
    ["over all", 0, 200, [4, 6, 9]],
    ["behind the end", 200, 210, []],
  ])("packets of a range %s", (_, from, to, expected) => {
    expect(threePackets().packets(from, to)).toEqual(expected);
  });

  test("pieces name the byte of the packet", () => {
    const seen: number[][] = [];
    threePackets().pieces(90, 160, (...piece) => seen.push(piece));
    expect(seen).toEqual([
      [90, 10, 4, 156],
      [100, 50, 6, 66],
      [150, 10, 9, 54],
    ]);
  });

  test("addPackets does not repeat a packet", () => {
    const numbers = [4];
    threePackets().addPackets(50, 120, numbers);
    expect(numbers).toEqual([4, 6]);
  });

  test("keeps a window: the oldest pieces are forgotten, the newest stay right", () => {
    const map = new OffsetMap(8);
    for (let i = 0; i < 1000; i++) map.append(i * 10, 10, i + 1, 0);
    expect(map.packets(9990, 10_000)).toEqual([1000]);
    expect(map.packets(9970, 9990)).toEqual([998, 999]);
  });
});
