import { expect, test } from "@jest/globals";
import { newSegmentView } from "../../src/packet/segment-view.js";
import { hashOf } from "../../src/tcp/flow-table.js";

/** Addresses that, multiplied by one well-known number, are the same with their ports: the same hash, had it that multiplier. */
function chosen(count: number) {
  const multiplier = 0x27d4eb2d;
  let inverse = 1;
  for (let i = 0; i < 6; i++) inverse = Math.imul(inverse, 2 - Math.imul(multiplier, inverse));
  return Array.from({ length: count }, (_, i) => {
    const buf = Buffer.alloc(8, 10);
    buf.writeInt32BE(Math.imul(0x12345678 ^ i, inverse));
    return { ...newSegmentView(), family: 4 as const, buf, sourceAddress: 0, destinationAddress: 4, sourcePort: i };
  });
}

test("connections that hash alike cannot be chosen beforehand", () => {
  expect(new Set(chosen(1000).map(hashOf)).size).toBeGreaterThan(900);
});
