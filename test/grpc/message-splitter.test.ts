import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { OffsetMap } from "../../src/bytes/offset-map.js";
import { MemoryBudget } from "../../src/grpc/growing-buffer.js";
import { type MessageSink, MessageSplitter, type MissingBytes } from "../../src/grpc/message-splitter.js";

const MiB = 1024 * 1024;

interface WireMessage {
  readonly flag: number;
  readonly length: number;
  readonly body: Uint8Array;
  readonly packets: number[];
  readonly complete: boolean;
  readonly missing: MissingBytes | null;
}

/** A sink that puts what it is told into `messages`. */
function collectInto(messages: WireMessage[]): MessageSink {
  return {
    message: (_side, flag, length, body, packets, _timeNs, missing) =>
      messages.push({ flag, length, body, packets, complete: missing === null, missing }),
  };
}

function prefixed(body: Uint8Array, flag = 0, length = body.length): Uint8Array {
  return Uint8Array.from([flag, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255, ...body]);
}

/** Pushes `pieces` one after the other, each as packet 1, 2, …, and overwrites each behind the call. */
function split(
  pieces: readonly Uint8Array[],
  maxMessageBytes = MiB,
  budget = new MemoryBudget(MiB),
  end = true,
): WireMessage[] {
  const messages: WireMessage[] = [];
  const map = new OffsetMap();
  const splitter = new MessageSplitter(collectInto(messages), 0, map, maxMessageBytes, budget);
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    map.append(at, piece.length, index + 1, 0);
    const poisoned = piece.slice();
    splitter.push(poisoned, 0, poisoned.length, at, index);
    poisoned.fill(0xee);
    at += piece.length;
  }
  if (end) splitter.end();
  return messages;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe("MessageSplitter", () => {
  const bodies = [new Uint8Array(0), Uint8Array.of(8, 100), new Uint8Array(300).fill(7)];
  const stream = concat(bodies.map((body) => prefixed(body)));

  test("several messages in one piece", () => {
    const messages = split([stream]);
    expect(messages.map(({ body }) => body)).toEqual(bodies);
    expect(messages.every(({ complete, packets }) => complete && packets.join() === "1")).toBe(true);
  });

  test("any cuts give the same messages, and the packets that carry each", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const edges = [...new Set([0, ...cuts, stream.length])].sort((a, b) => a - b);
        const pieces = edges.slice(1).map((edge, i) => stream.slice(edges[i], edge));
        const messages = split(pieces);
        expect(messages.map(({ body }) => body)).toEqual(bodies);
        let start = 0;
        for (const { body, packets } of messages) {
          const end = start + 5 + body.length;
          const carrying = pieces.map((_, i) => i + 1).filter((i) => edges[i] > start && edges[i - 1] < end);
          expect(packets).toEqual(carrying);
          start = end;
        }
      }),
    );
  });

  test("a message cut by the end of the stream", () => {
    const [message] = split([prefixed(Uint8Array.of(1, 2, 3), 1, 10)]);
    expect(message).toMatchObject({
      flag: 1,
      length: 10,
      complete: false,
      missing: "cut",
      body: Uint8Array.of(1, 2, 3),
    });
  });

  test("a prefix cut by the end of the stream", () => {
    expect(split([Uint8Array.of(0, 0, 0)])).toMatchObject([
      { complete: false, missing: "prefix", length: 0, body: new Uint8Array(0) },
    ]);
  });

  test("a claim of 4 GiB allocates only what arrives", () => {
    const budget = new MemoryBudget(4096);
    const [message] = split([prefixed(new Uint8Array(1000), 0, 0xffffffff)], 64 * MiB, budget);
    expect(message).toMatchObject({ length: 0xffffffff, complete: false, missing: "cut" });
    expect(message.body.length).toBe(1000);
    expect(budget.take(4096)).toBe(true);
  });

  test("limit maxMessageBytes: the head is kept, the next message is found", () => {
    const messages = split([prefixed(new Uint8Array(500).fill(1)), prefixed(Uint8Array.of(9))], 100);
    expect(messages[0]).toMatchObject({
      length: 500,
      complete: false,
      missing: "limit",
      body: new Uint8Array(100).fill(1),
    });
    expect(messages[1]).toMatchObject({ complete: true, body: Uint8Array.of(9) });
  });

  test("limit maxOpenMessageBytes: what all open messages hold is bounded, and given back", () => {
    const budget = new MemoryBudget(2048);
    const long = prefixed(new Uint8Array(5000).fill(1));
    const cut = [long.slice(0, 1500), long.slice(1500)];
    const [message] = split(cut, MiB, budget);
    expect(message).toMatchObject({ length: 5000, complete: false, missing: "limit" });
    expect(message.body.length).toBeLessThanOrEqual(2048);
    expect(budget.take(2048)).toBe(true);
  });

  test("lost bytes inside a body: the rest is counted and the next message is found", () => {
    const messages: WireMessage[] = [];
    const splitter = new MessageSplitter(collectInto(messages), 0, null, MiB, new MemoryBudget(MiB));
    const first = prefixed(new Uint8Array(20).fill(5));
    splitter.push(first, 0, 10, 0, 0);
    splitter.lost(10);
    splitter.push(first, 20, 25, 20, 0);
    const second = prefixed(Uint8Array.of(1));
    splitter.push(second, 0, second.length, 25, 0);
    expect(messages).toMatchObject([
      { complete: false, missing: "cut", length: 20, body: new Uint8Array(5).fill(5) },
      { complete: true, body: Uint8Array.of(1) },
    ]);
  });
});

describe("behind lost bytes", () => {
  const bodyOf = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7) & 255);
  const messages = [bodyOf(3, 1), bodyOf(20, 2), bodyOf(900, 3), bodyOf(40, 4)].map((body) => prefixed(body));

  /** Pushes pieces; "?" loses so many bytes that nobody knows, a number that many of this half. */
  function hear(steps: readonly (Uint8Array | number | "?" | "late")[]): WireMessage[] {
    const heard: WireMessage[] = [];
    const splitter = new MessageSplitter(collectInto(heard), 0, null, MiB, new MemoryBudget(MiB));
    for (const step of steps) {
      if (step === "late") splitter.joinLate();
      else if (step === "?") splitter.lost(Number.POSITIVE_INFINITY);
      else if (typeof step === "number") splitter.lost(step);
      else splitter.push(step, 0, step.length, 0, 0);
    }
    splitter.end();
    return heard;
  }
  const lengths = (heard: readonly WireMessage[]) => heard.map(({ length, complete }) => (complete ? length : -length));

  test("messages resume where a piece holds whole ones", () => {
    expect(lengths(hear([messages[0], "?", messages[1], messages[3]]))).toEqual([3, 20, 40]);
  });

  test("a piece that is no run of messages is passed over", () => {
    expect(lengths(hear([messages[0], 10, messages[1].subarray(8), messages[3]]))).toEqual([3, 40]);
  });

  test("a long message in many pieces is told once its end fits", () => {
    const [head, tail] = [messages[2].subarray(0, 500), messages[2].subarray(500)];
    expect(lengths(hear(["?", head, tail, messages[3]]))).toEqual([900, 40]);
    expect(lengths(hear(["?", head, concat([tail, messages[3]])]))).toEqual([900, 40]);
  });

  test("and not where its end does not fit", () => {
    const head = messages[2].subarray(0, 500);
    expect(lengths(hear(["?", head, messages[2].subarray(600), messages[3]]))).toEqual([]);
    expect(lengths(hear(["?", head]))).toEqual([]);
    expect(lengths(hear(["?", head, concat([messages[2].subarray(500), bodyOf(9, 5)]), messages[3]]))).toEqual([40]);
  });

  test("the open message is cut where nobody knows whose bytes were lost", () => {
    expect(lengths(hear([messages[2].subarray(0, 500), "?", messages[3]]))).toEqual([-900, 40]);
  });

  test("bytes that are zero are no messages", () => {
    expect(hear(["late", new Uint8Array(50), new Uint8Array(5)])).toEqual([]);
  });

  test("a half that began before its bytes", () => {
    expect(lengths(hear(["late", messages[2].subarray(300), messages[1]]))).toEqual([20]);
  });

  test("whatever is lost, no message is told that was not sent", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 12 });
    const bytes = fc.infiniteStream(fc.integer({ min: 0, max: 255 }));
    const cuts = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom("keep", "keep", "lose", "lose unknown")),
    );
    fc.assert(
      fc.property(sizes, bytes, cuts, (lengthsSent, random, pieces) => {
        const bodies = lengthsSent.map((length) => Uint8Array.from({ length }, () => random.next().value));
        const sent = concat(bodies.map((body) => prefixed(body)));
        const steps: (Uint8Array | number | "?")[] = [];
        let at = 0;
        for (const [length, what] of pieces) {
          const end = Math.min(sent.length, at + length);
          if (end > at) steps.push(what === "keep" ? sent.slice(at, end) : what === "lose" ? end - at : "?");
          at = end;
        }
        const hex = (body: Uint8Array) => Buffer.from(body).toString("hex");
        const known = bodies.map(hex);
        let from = 0;
        for (const { complete, body } of hear(steps)) {
          if (!complete) continue;
          const place = known.indexOf(hex(body), from);
          expect(place).toBeGreaterThanOrEqual(0);
          from = place + 1;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
