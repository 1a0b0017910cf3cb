/** A short run of what tools/fuzz runs long, with inputs of its own seed. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { HpackDecoder } from "../../src/hpack/decoder.js";
import { Http2Connection } from "../../src/http2/connection.js";
import { DetectingSink } from "../../src/http2/detecting-sink.js";
import { ChainFinder, netBits } from "../../src/http2/frame-chain.js";
import { LIMITS } from "../../src/limits.js";
import { detectRoom } from "../../tools/fuzz/detect-room.js";
import { hpackRoom } from "../../tools/fuzz/hpack-room.js";
import { http2Room } from "../../tools/fuzz/http2-room.js";
import { fileTraffic, TRAFFIC } from "../../tools/fuzz/other-traffic.js";
import { Random } from "../../tools/fuzz/random.js";
import type { Room } from "../../tools/fuzz/room.js";

const product = { LIMITS, HpackDecoder, Http2Connection, DetectingSink };
const traffic = [...TRAFFIC, fileTraffic("a program", readFileSync(process.execPath))];

test.each<[string, number, () => Room]>([
  ["header blocks", 10_000, () => hpackRoom(product)],
  ["connections", 2_000, () => http2Room(product)],
  ["connections of other protocols", traffic.length, () => detectRoom(product, traffic)],
])("%s: nothing breaks in %d inputs", (_name, inputs, makeRoom) => {
  const random = new Random(2024);
  const room = makeRoom();
  for (let i = 0; i < inputs; i++) room.play(random);
});

describe("evidence for frames in other traffic stays below half of what is asked", () => {
  test.each(traffic)("$kind", ({ make }) => {
    const random = new Random(9113);
    for (let i = 0; i < 3; i++) {
      const bytes = make(random, 32_768);
      const chain = new ChainFinder().best(bytes, bytes.length);
      if (chain?.isVaried) expect(netBits(chain)).toBeLessThan(15);
    }
  });
});
