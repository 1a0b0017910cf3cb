import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ACK, FIN, SYN } from "../support/packets.js";
import { TcpBench } from "../support/recorded-streams.js";

interface Piece {
  readonly from: number;
  readonly to: number;
}

const streamOf = (length: number) => Uint8Array.from({ length }, (_, i) => 1 + ((i * 7 + (i >> 5)) % 250));

/** A stream, cut into segments, of which some parts are sent again, cut otherwise; and how far each may come late. */
const plan = fc
  .record({
    isn: fc.nat(0xffff_ffff),
    length: fc.integer({ min: 1, max: 600 }),
    cuts: fc.array(fc.nat(600), { maxLength: 25 }),
    again: fc.array(fc.tuple(fc.nat(600), fc.integer({ min: 1, max: 80 })), { maxLength: 10 }),
    delays: fc.array(fc.nat(8), { minLength: 40, maxLength: 40 }),
    acknowledges: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    picked: fc.nat(1000),
  })
  .map(({ length, cuts, again, ...rest }) => {
    const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < length), length])].sort((a, b) => a - b);
    const first: Piece[] = ends.map((to, i) => ({ from: i === 0 ? 0 : ends[i - 1], to }));
    const repeats = again.map(([from, size]) => ({
      from: from % length,
      to: Math.min(length, (from % length) + size),
    }));
    return { length, first, repeats, ...rest };
  });

/** Plays the pieces in their order of arrival; the server acknowledges what has come without a hole, `lost` included. */
function play(
  { isn, length, delays, acknowledges }: { isn: number; length: number; delays: number[]; acknowledges: boolean[] },
  pieces: readonly Piece[],
  lost: Piece | null,
): TcpBench {
  const stream = streamOf(length);
  const bench = new TcpBench();
  bench.segment({ sequence: isn, flags: SYN });
  bench.segment({ side: 1, sequence: 5, acknowledgment: isn + 1, flags: SYN | ACK });
  const arrivals = pieces
    .map((piece, i) => ({ piece, order: i + delays[i % delays.length] }))
    .sort((a, b) => a.order - b.order);
  const has = new Uint8Array(length);
  for (const [i, { piece }] of arrivals.entries()) {
    has.fill(1, piece.from, piece.to);
    if (piece === lost) continue;
    const payload = stream.subarray(piece.from, piece.to);
    bench.segment({ sequence: isn + 1 + piece.from, acknowledgment: 6, payload });
    const hole = has.indexOf(0);
    if (acknowledges[i % acknowledges.length])
      bench.segment({ side: 1, sequence: 6, acknowledgment: isn + 1 + (hole < 0 ? length : hole) });
  }
  bench.segment({ sequence: isn + 1 + length, acknowledgment: 6, flags: FIN | ACK });
  bench.segment({ side: 1, sequence: 6, acknowledgment: isn + 2 + length, flags: FIN | ACK });
  return bench;
}

test("any segmentation, order, repetition and overlap gives the same bytes", () => {
  fc.assert(
    fc.property(plan, (planned) => {
      const pieces = [...planned.first, ...planned.repeats];
      const bench = play(planned, pieces, null);
      expect(bench.told.texts).toEqual([]);
      expect(bench.side(0)).toMatchObject({ gaps: [], closed: "fin" });
      expect(bench.side(0).bytes).toEqual(streamOf(planned.length));
    }),
    { numRuns: 500 },
  );
});

test("any one segment that is missing gives exactly one gap, and nothing else is lost", () => {
  fc.assert(
    fc.property(plan, (planned) => {
      const lost = planned.first[planned.picked % planned.first.length];
      const bench = play(planned, planned.first, lost).finish();
      const at = lost.from;
      const length = lost.to - lost.from;
      expect(bench.told.codes).toEqual(["TCP_GAP"]);
      expect(bench.side(0)).toMatchObject({ gaps: [{ at, length }], closed: "fin" });
      const stream = streamOf(planned.length).fill(0, lost.from, lost.to);
      expect(bench.side(0).bytes).toEqual(stream);
    }),
    { numRuns: 500 },
  );
});

test("the capture itself may have everything behind the handshake some places early or late", () => {
  const jitters = fc.array(fc.nat(8), { minLength: 60, maxLength: 60 });
  fc.assert(
    fc.property(plan, jitters, ({ isn, length, first }, jitter) => {
      const stream = streamOf(length);
      const bench = new TcpBench();
      bench.segment({ sequence: isn, flags: SYN });
      bench.segment({ side: 1, sequence: 5, acknowledgment: isn + 1, flags: SYN | ACK });
      const sent: Parameters<TcpBench["segment"]>[0][] = first.flatMap(({ from, to }) => [
        { sequence: isn + 1 + from, acknowledgment: 6, payload: stream.subarray(from, to) },
        { side: 1, sequence: 6, acknowledgment: isn + 1 + to },
      ]);
      sent.push({ sequence: isn + 1 + length, acknowledgment: 6, flags: FIN | ACK });
      sent.push({ side: 1, sequence: 6, acknowledgment: isn + 2 + length, flags: FIN | ACK });
      const captured = sent
        .map((fields, i) => ({ fields, order: i + jitter[i % jitter.length] }))
        .sort((a, b) => a.order - b.order);
      for (const { fields } of captured) bench.segment(fields);
      bench.finish();
      expect(bench.told.texts).toEqual([]);
      expect(bench.side(0)).toMatchObject({ gaps: [], closed: "fin" });
      expect(bench.side(0).bytes).toEqual(stream);
    }),
    { numRuns: 300 },
  );
});

test("each byte's provenance is a packet that carried it", () => {
  fc.assert(
    fc.property(plan, (planned) => {
      const pieces = [...planned.first, ...planned.repeats];
      const carried: Piece[] = [];
      const delays = planned.delays;
      const arrivals = pieces
        .map((piece, i) => ({ piece, order: i + delays[i % delays.length] }))
        .sort((a, b) => a.order - b.order);
      for (const { piece } of arrivals) carried.push(piece);
      const bench = play({ ...planned, acknowledges: [false] }, pieces, null);
      const [map] = bench.streams.connections[0].connection.provenance;
      map.pieces(0, planned.length, (at, length, packet, origin) => {
        const piece = carried[packet - 3];
        expect(at).toBeGreaterThanOrEqual(piece.from);
        expect(at + length).toBeLessThanOrEqual(piece.to);
        expect(origin - 54).toBe(at - piece.from);
      });
    }),
    { numRuns: 200 },
  );
});

test("arbitrary segments never break the contract of the sink", () => {
  const segment = fc.record({
    side: fc.constantFrom<0 | 1>(0, 1),
    sequence: fc.oneof(fc.integer({ min: -50, max: 300 }), fc.nat(0xffff_ffff)),
    acknowledgment: fc.oneof(fc.integer({ min: -50, max: 300 }), fc.nat(0xffff_ffff)),
    flags: fc.oneof(fc.constant(ACK), fc.nat(63)),
    payload: fc.uint8Array({ maxLength: 40 }),
    clientPort: fc.constantFrom(1, 2, 3),
    cut: fc.nat(45),
  });
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 60 }), (segments) => {
      const limits = { maxOutOfOrderBytes: 1500, maxOutOfOrderBytesTotal: 2500, maxConnections: 2 };
      const bench = new TcpBench(limits);
      for (const { cut, ...fields } of segments) {
        const captured = Math.min(cut, fields.payload.length);
        bench.segment({ ...fields, captured });
      }
      bench.finish();
      for (const { sides } of bench.streams.connections) {
        expect(sides[0].closed).not.toBeNull();
        expect(sides[1].closed).not.toBeNull();
      }
    }),
    { numRuns: 500 },
  );
});
