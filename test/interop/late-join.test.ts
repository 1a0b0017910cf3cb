/**
 * Connections of real peers, 240 calls on each, with their first packets cut off, and with single packets removed. Here a few
 * cuts of each; tools/late-join/main.ts does all of them, and docs/late-join.md has what came out.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { toCallRecord } from "../../src/call/format-record.js";
import { Inspector } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import { Schema } from "../../src/protobuf/schema.js";
import { Capture } from "../../tools/late-join/cut.js";
import { newLateTally, tallyCut } from "../../tools/late-join/late.js";
import { callsInPackets, newLossTally, tallyLoss } from "../../tools/late-join/loss.js";
import type { CallRecord, Product } from "../../tools/late-join/product.js";
import { buildGoPeer, type PairName, recordPair, STORE_PROTO } from "../../tools/late-join/record.js";
import { describeWithPeers, type PeerName } from "../support/peers.js";
import { expectAgreement } from "../support/tshark-frames.js";

const CALLS = 240;
const schema = new Schema({ protoFiles: [{ path: "store.proto", text: readFileSync(STORE_PROTO, "utf8") }] });
const product = { Inspector, toCallRecord, ports: nodePorts, schema } as unknown as Product;

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-late-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** `inferred`: its paths are in the header table, so that they are not seen again. */
function holds(name: PairName, peers: readonly PeerName[], { inferred }: { inferred: boolean }): void {
  describeWithPeers(["tcpdump", "tshark", ...peers], `${name}: ${CALLS} calls on a connection`, () => {
    let capture: Capture;
    let full: CallRecord[];
    let file: string;
    let ports: readonly number[];

    beforeAll(async () => {
      if (name === "go") buildGoPeer(folder);
      ({ file, ports } = await recordPair(name, folder, CALLS));
      capture = new Capture(file, product);
      full = capture.calls();
    }, 120_000);

    test("are all there in the whole capture", () => {
      expect(full).toHaveLength(name === "nginx" ? 2 * CALLS : CALLS);
      expect(new Set(full.map(({ outcome }) => outcome))).toEqual(new Set(["ok", "error"]));
    });

    test("have the frames that tshark sees", async () => {
      await expectAgreement(file, ports);
    });

    test("come out with messages, status and path from wherever the capture begins", () => {
      const tally = newLateTally();
      for (const cut of [1, 5, 12, 20, 33, 47, 60, 75, 88, 100, 150, 200, 290])
        tallyCut(capture, full, Math.min(cut, capture.packets - 10), tally);
      expect(tally.wrong).toEqual([]);
      expect(tally.messages).toBe(tally.calls);
      expect(tally.pathUnknown).toBe(0);
      expect(tally.pathInferred > 0).toBe(inferred);
      expect(tally.calls).toBeGreaterThan(5 * CALLS);
    });

    test("are the same without a packet that had nothing of them", () => {
      const tally = newLossTally();
      const touched = callsInPackets(capture.frames());
      for (let packet = 9; packet <= capture.packets; packet += Math.ceil(capture.packets / 14))
        tallyLoss(capture, full, touched, packet, tally);
      expect(tally.wrong).toEqual([]);
      expect(tally.untouched).toBeGreaterThan(10 * CALLS);
    });
  });
}

holds("python", ["python"], { inferred: true });
holds("go", ["go"], { inferred: true });
holds("grpc-js", [], { inferred: false });
holds("nginx", ["python", "nginx"], { inferred: false });
