/** A PacketDecoder that is fed with packets as bytes, and what it finds in them. */
import { expect } from "@jest/globals";
import { newPacketView } from "../../src/capture/packet-view.js";
import { LIMITS, type Limits } from "../../src/limits.js";
import { formatEndpoint } from "../../src/packet/address.js";
import { PacketDecoder } from "../../src/packet/decoder.js";
import { ACK, type Bytes, concat, ipv4, ipv6, PSH, tcp } from "./packets.js";
import { ToldList } from "./told.js";

export interface FoundSegment {
  readonly from: string;
  readonly to: string;
  readonly payload: string;
  readonly payloadLength: number;
  /** Byte of the packet where the payload begins. */
  readonly origin: number;
  readonly packet: number;
}

export interface Given {
  readonly linkType?: number;
  readonly originalLength?: number;
  readonly fcsLength?: number;
  readonly timeNs?: number;
}

export class DecoderBench {
  readonly found: FoundSegment[] = [];
  readonly told = new ToldList();
  readonly decoder: PacketDecoder;
  private number = 0;

  constructor(limits: Partial<Limits> = {}) {
    this.decoder = new PacketDecoder(this.told.report, { ...LIMITS, ...limits });
  }

  packet(bytes: Bytes, given: Given = {}): this {
    const { linkType = 1, originalLength = bytes.length, fcsLength = 0, timeNs = 0 } = given;
    // Behind other bytes in its buffer, as in a chunk; overwritten once it was taken.
    const buf = concat(new Uint8Array(11).fill(0x45), bytes, new Uint8Array(7).fill(0x45));
    const view = { ...newPacketView(), number: ++this.number, buf, start: 11, end: 11 + bytes.length };
    this.decoder.decode({ ...view, originalLength, linkType, fcsLength }, timeNs, {
      segment: (segment) => {
        const { family, payloadStart, payloadEnd, payloadLength, packet } = segment;
        this.found.push({
          from: formatEndpoint(segment.buf, segment.sourceAddress, family, segment.sourcePort),
          to: formatEndpoint(segment.buf, segment.destinationAddress, family, segment.destinationPort),
          payload: new TextDecoder().decode(segment.buf.subarray(payloadStart, payloadEnd)),
          payloadLength,
          origin: payloadStart + segment.packetOrigin,
          packet,
        });
      },
    });
    buf.fill(0xee);
    return this;
  }
}

export const PAYLOAD = "hello";
export const segment = tcp({ payload: new TextEncoder().encode(PAYLOAD), flags: PSH | ACK });
export const packet4 = ipv4({ payload: segment });
export const packet6 = ipv6({ payload: segment });
export const FROM4 = "10.0.0.1:40000";
export const FROM6 = "[fd00::1]:40000";

export function expectFound(bytes: Bytes, given: Given, from: string, origin = bytes.length - PAYLOAD.length): void {
  const bench = new DecoderBench().packet(bytes, given);
  expect(bench.told.texts).toEqual([]);
  expect(bench.found).toMatchObject([{ from, payload: PAYLOAD, payloadLength: PAYLOAD.length, origin, packet: 1 }]);
  expect(bench.decoder.counts).toMatchObject({ packets: 1, tcp: 1, malformed: 0 });
}
