import { describe, expect, test } from "@jest/globals";
import { ACK, FIN, PSH, RST, SYN, URG } from "../support/packets.js";
import { ascii, TcpBench } from "../support/recorded-streams.js";

const CLIENT_ISN = 1000;
const SERVER_ISN = 0xffff_fff0;
const C = CLIENT_ISN + 1;
const S = SERVER_ISN + 1;

function opened(limits = {}): TcpBench {
  return new TcpBench(limits)
    .segment({ sequence: CLIENT_ISN, flags: SYN })
    .segment({ side: 1, sequence: SERVER_ISN, acknowledgment: C, flags: SYN | ACK })
    .segment({ sequence: C, acknowledgment: S });
}

/** A client's segment with `text` at `offset` of its stream. */
const sent = (offset: number, text: string, more = {}) => ({
  sequence: C + offset,
  acknowledgment: S,
  payload: ascii(text),
  ...more,
});
/** Another connection's segment, a second later: only the packets' clock goes on. */
const later = (bench: TcpBench) =>
  bench.segment({ sequence: 1, payload: [1], clientPort: 9, timeNs: 1e9 + bench.packets * 1000 });
/** The server's acknowledgment of the client's bytes before `offset`. */
const acknowledged = (offset: number) => ({ side: 1 as const, sequence: S, acknowledgment: C + offset });

describe("RFC 9293: a connection in order", () => {
  test("handshake, data both ways over a sequence wrap, half close, close", () => {
    const bench = opened();
    bench.segment(sent(0, "hello"));
    bench.segment({ side: 1, sequence: S, acknowledgment: C + 5, payload: ascii("0123456789abcdefghij") });
    bench.segment({ sequence: C + 5, acknowledgment: S + 20, flags: FIN | ACK });
    expect(bench.side(0).closed).toBe("fin");
    expect(bench.side(1).closed).toBeNull();
    bench.segment({ side: 1, sequence: S + 20, acknowledgment: C + 6, payload: ascii("klm"), flags: FIN | ACK });
    bench.segment({ sequence: C + 6, acknowledgment: S + 24 });
    bench.finish();
    expect([bench.text(0), bench.text(1)]).toEqual(["hello", "0123456789abcdefghijklm"]);
    expect(bench.side(1).closed).toBe("fin");
    expect(bench.told.texts).toEqual([]);
    expect(bench.streams.connections).toHaveLength(1);
    expect(bench.streams.connections[0].connection).toMatchObject({
      id: 1,
      client: "10.0.0.1:40000",
      server: "10.0.0.2:443",
      sawSyn: true,
      timeNs: 1000,
    });
  });

  test("provenance: each byte's packet and place in it, also of segments that waited", () => {
    const bench = opened();
    bench.segment(sent(0, "ab")).segment(sent(4, "ef")).segment(sent(6, "gh")).segment(sent(2, "cd"));
    const [map] = bench.streams.connections[0].connection.provenance;
    expect([map.packets(0, 2), map.packets(2, 6), map.packets(0, 8)]).toEqual([[4], [7, 5], [4, 7, 5, 6]]);
    const pieces: number[][] = [];
    map.pieces(1, 7, (...piece) => pieces.push(piece));
    expect(pieces).toEqual([
      [1, 1, 4, 55],
      [2, 2, 7, 54],
      [4, 2, 5, 54],
      [6, 1, 6, 54],
    ]);
    expect(bench.side(0).times).toEqual([4000, 7000, 5000, 6000]);
  });

  test("§3.5 simultaneous open and close", () => {
    const bench = new TcpBench();
    bench.segment({ sequence: CLIENT_ISN, flags: SYN });
    bench.segment({ side: 1, sequence: SERVER_ISN, flags: SYN });
    bench.segment({ sequence: CLIENT_ISN, acknowledgment: S, flags: SYN | ACK });
    bench.segment({ side: 1, sequence: SERVER_ISN, acknowledgment: C, flags: SYN | ACK });
    bench.segment(sent(0, "a"));
    bench.segment({ side: 1, sequence: S, acknowledgment: C, payload: ascii("b") });
    bench.segment({ sequence: C + 1, acknowledgment: S, flags: FIN | ACK });
    bench.segment({ side: 1, sequence: S + 1, acknowledgment: C + 1, flags: FIN | ACK });
    expect(bench.streams.connections).toHaveLength(1);
    expect([bench.text(0), bench.text(1)]).toEqual(["a", "b"]);
    expect([bench.side(0).closed, bench.side(1).closed]).toEqual(["fin", "fin"]);
  });

  test("RFC 7413: a SYN with data; what the server did not take is sent again", () => {
    const bench = new TcpBench();
    bench.segment({ sequence: CLIENT_ISN, flags: SYN, payload: ascii("fast") });
    bench.segment({ side: 1, sequence: SERVER_ISN, acknowledgment: C, flags: SYN | ACK });
    bench.segment(sent(0, "fast")).segment(sent(4, " open"));
    expect(bench.text(0)).toBe("fast open");
    expect(bench.told.texts).toEqual([]);
  });

  test("the SYN-ACK comes first in the capture, or alone", () => {
    const bench = new TcpBench();
    bench.segment({ side: 1, sequence: SERVER_ISN, acknowledgment: C, flags: SYN | ACK });
    bench.segment({ sequence: CLIENT_ISN, flags: SYN });
    bench.segment(sent(3, "def")).segment(sent(0, "abc"));
    expect(bench.text(0)).toBe("abcdef");
    expect(bench.streams.connections[0].connection).toMatchObject({ client: "10.0.0.1:40000", sawSyn: true });
  });
});

describe("segments again, before, over each other", () => {
  const rows: [name: string, segments: [number, string][], text: string][] = [
    [
      "out of order",
      [
        [2, "cd"],
        [0, "ab"],
      ],
      "abcd",
    ],
    [
      "three holes",
      [
        [6, "gh"],
        [4, "ef"],
        [2, "cd"],
        [0, "ab"],
      ],
      "abcdefgh",
    ],
    [
      "the same again",
      [
        [0, "ab"],
        [0, "ab"],
        [2, "cd"],
        [0, "ab"],
      ],
      "abcd",
    ],
    [
      "the same again while it waits",
      [
        [2, "cd"],
        [2, "cd"],
        [0, "ab"],
      ],
      "abcd",
    ],
    [
      "again, with more",
      [
        [0, "ab"],
        [0, "abcd"],
      ],
      "abcd",
    ],
    [
      "again, joined",
      [
        [0, "ab"],
        [2, "cd"],
        [4, "ef"],
        [0, "abcdef"],
        [6, "g"],
      ],
      "abcdefg",
    ],
    [
      "over the front of what waits",
      [
        [4, "efgh"],
        [2, "cdef"],
        [0, "ab"],
      ],
      "abcdefgh",
    ],
    [
      "over the end of what waits",
      [
        [2, "cd"],
        [3, "defg"],
        [0, "ab"],
      ],
      "abcdefg",
    ],
    [
      "around what waits",
      [
        [4, "ef"],
        [2, "cdefgh"],
        [0, "ab"],
      ],
      "abcdefgh",
    ],
    [
      "within what waits",
      [
        [2, "cdefgh"],
        [4, "ef"],
        [0, "ab"],
      ],
      "abcdefgh",
    ],
    [
      "over several that wait",
      [
        [3, "d"],
        [6, "gh"],
        [1, "bcdefghij"],
        [0, "a"],
      ],
      "abcdefghij",
    ],
    [
      "in order over what waits",
      [
        [3, "de"],
        [0, "abcdef"],
        [6, "g"],
      ],
      "abcdefg",
    ],
    [
      "in order into what waits",
      [
        [3, "def"],
        [0, "abcd"],
      ],
      "abcdef",
    ],
    [
      "in order around two that wait",
      [
        [2, "c"],
        [5, "f"],
        [0, "abcdefgh"],
      ],
      "abcdefgh",
    ],
  ];
  test.each(rows)("%s", (_, segments, text) => {
    const bench = opened();
    for (const [offset, payload] of segments) bench.segment(sent(offset, payload));
    expect(bench.text(0)).toBe(text);
    expect(bench.told.texts).toEqual([]);
    bench.finish();
    expect(bench.side(0)).toMatchObject({ gaps: [], closed: "eof" });
    expect(bench.text(0)).toBe(text);
  });

  const conflicts: [name: string, segments: [number, string][], text: string, length: number][] = [
    [
      "passed on already",
      [
        [0, "abcd"],
        [0, "aXcd"],
      ],
      "abcd",
      4,
    ],
    [
      "passed on, cut otherwise",
      [
        [0, "ab"],
        [2, "cd"],
        [1, "bX"],
        [4, "ef"],
      ],
      "abcdef",
      2,
    ],
    [
      "passed on, and more",
      [
        [0, "abcd"],
        [2, "cXef"],
      ],
      "abcdef",
      2,
    ],
    [
      "waiting",
      [
        [2, "cd"],
        [2, "cX"],
        [0, "ab"],
      ],
      "abcd",
      2,
    ],
    [
      "waiting, partly",
      [
        [2, "cd"],
        [1, "XXXe"],
        [0, "a"],
      ],
      "aXcde",
      2,
    ],
    [
      "waiting, from in order",
      [
        [2, "cd"],
        [0, "abXX"],
      ],
      "abcd",
      2,
    ],
  ];
  test.each(conflicts)("with other bytes than those %s: the first are used", (_, segments, text, length) => {
    const bench = opened();
    for (const [offset, payload] of segments) bench.segment(sent(offset, payload));
    expect(bench.text(0)).toBe(text);
    expect(bench.told.all).toMatchObject([{ code: "TCP_DATA_CONFLICT", values: { sender: "client", length } }]);
  });

  test("every packet captured twice, as by -i any", () => {
    const bench = new TcpBench();
    const twice = (fields: Parameters<TcpBench["segment"]>[0]) => bench.segment(fields).segment(fields);
    twice({ sequence: CLIENT_ISN, flags: SYN });
    twice({ side: 1, sequence: SERVER_ISN, acknowledgment: C, flags: SYN | ACK });
    twice(sent(0, "hello"));
    twice({ side: 1, sequence: S, acknowledgment: C + 5, payload: ascii("bye") });
    twice({ sequence: C + 5, acknowledgment: S + 3, flags: FIN | ACK });
    twice({ side: 1, sequence: S + 3, acknowledgment: C + 6, flags: FIN | ACK });
    twice({ sequence: C + 6, acknowledgment: S + 4 });
    bench.finish();
    expect(bench.streams.connections).toHaveLength(1);
    expect([bench.text(0), bench.text(1), ...bench.told.texts]).toEqual(["hello", "bye"]);
  });

  test("§3.8.4 keep-alive probes, empty and with a byte of garbage", () => {
    const bench = opened();
    bench.segment(sent(0, "abc"));
    bench.segment({ sequence: C + 2, acknowledgment: S });
    bench.segment(sent(2, "\u0000"));
    bench.segment(sent(3, "d"));
    expect(bench.text(0)).toBe("abcd");
    expect(bench.told.texts).toEqual([]);
  });

  test("§3.8.6.1 zero-window probes carry the next byte, again and again", () => {
    const bench = opened();
    bench.segment(sent(0, "abc"));
    for (let i = 0; i < 3; i++) bench.segment(sent(3, "d")).segment(acknowledged(3));
    bench.segment(acknowledged(4)).segment(sent(4, "ef"));
    expect(bench.text(0)).toBe("abcdef");
    expect(bench.told.texts).toEqual([]);
  });

  test("RFC 6093: urgent bytes stay in the stream", () => {
    const bench = opened();
    bench.segment(sent(0, "ab", { flags: ACK | URG })).segment(sent(2, "c"));
    expect(bench.text(0)).toBe("abc");
    expect(bench.told.codes).toEqual(["TCP_URGENT"]);
  });
});

describe("a hole becomes a gap as soon as it can't be filled any more", () => {
  test("acknowledged and passed by: some time later, by the packets' clock", () => {
    const bench = opened();
    bench.segment(sent(0, "ab")).segment(sent(4, "ef"));
    later(bench.segment(acknowledged(2)));
    expect(bench.text(0)).toBe("ab");
    bench.segment(acknowledged(6));
    expect(bench.text(0)).toBe("ab");
    later(bench);
    expect(bench.text(0)).toBe("ab..ef");
    expect(bench.told.all).toMatchObject([
      {
        code: "TCP_GAP",
        text: "2 bytes from the client are missing in the capture",
        place: { side: 0, at: 2, length: 2 },
      },
    ]);
    bench.segment(sent(2, "cd"));
    expect(bench.text(0)).toBe("ab..ef");
  });

  test("acknowledged and passed by: some segments later", () => {
    const bench = opened();
    bench.segment(sent(4, "e")).segment(acknowledged(5));
    for (let i = 5; i < 60; i++) bench.segment(sent(i, "x", { timeNs: 5000 }));
    expect(bench.text(0)).toBe("....e" + "x".repeat(55));
  });

  test("acknowledged before it is passed by", () => {
    const bench = opened();
    bench.segment(sent(0, "ab")).segment(acknowledged(6));
    expect(later(bench).text(0)).toBe("ab");
    bench.segment(sent(4, "ef", { timeNs: 2e9 }));
    expect(bench.text(0)).toBe("ab");
    bench.segment(sent(6, "gh", { timeNs: 3e9 }));
    expect(bench.text(0)).toBe("ab..efgh");
  });

  test("an acknowledgment and data that the capture has before the missing bytes", () => {
    const bench = opened();
    bench.segment(sent(4, "ef")).segment(acknowledged(6)).segment(sent(2, "cd")).segment(sent(0, "ab"));
    expect(later(bench).text(0)).toBe("abcdef");
    expect(bench.told.texts).toEqual([]);
  });

  test("an acknowledgment that precedes its data in the capture is no gap", () => {
    const bench = opened();
    bench.segment(acknowledged(4)).segment(sent(0, "ab")).segment(sent(2, "cd")).finish();
    expect(bench.text(0)).toBe("abcd");
    expect(bench.told.texts).toEqual([]);
  });

  test("two holes: only the one that is acknowledged", () => {
    const bench = opened();
    bench.segment(sent(1, "b")).segment(sent(3, "d")).segment(acknowledged(2));
    expect(later(bench).text(0)).toBe(".b");
    bench.segment(sent(2, "c"));
    expect(bench.text(0)).toBe(".bcd");
  });

  test("maxOutOfOrderBytes of one side", () => {
    const bench = opened({ maxOutOfOrderBytes: 4000 });
    const long = "x".repeat(1000);
    bench.segment(sent(5, long)).segment(sent(1005, long)).segment(sent(2005, long));
    expect(bench.text(0)).toBe("");
    bench.segment(sent(3005, long));
    expect(bench.side(0).gaps).toEqual([{ at: 0, length: 5 }]);
    expect(bench.text(0)).toBe("....." + "x".repeat(4000));
  });

  test("maxOutOfOrderBytes counts what tiny segments cost beside their bytes", () => {
    const bench = opened({ maxOutOfOrderBytes: 10_000 });
    for (let i = 1; i < 100; i++) bench.segment(sent(2 * i, "x"));
    expect(bench.side(0).gaps.length).toBeGreaterThan(50);
  });

  test("maxOutOfOrderBytesTotal: of all connections the one that waits for longest gives up", () => {
    const bench = new TcpBench({ maxOutOfOrderBytesTotal: 5000 });
    for (let port = 1; port <= 5; port++) {
      bench.segment({ sequence: CLIENT_ISN, flags: SYN, clientPort: port });
      bench.segment(sent(5, "x".repeat(1000), { clientPort: port }));
    }
    expect(bench.streams.connections.map((_, i) => bench.side(0, i + 1).gaps.length)).toEqual([1, 1, 0, 0, 0]);
  });

  test("FIN: data before it is missing, and the other side has all", () => {
    const bench = opened();
    bench.segment(sent(0, "ab")).segment({ sequence: C + 4, acknowledgment: S, flags: FIN | ACK });
    expect(bench.side(0).closed).toBeNull();
    later(bench.segment(acknowledged(5)));
    expect([bench.text(0), bench.side(0).closed]).toEqual(["ab..", "fin"]);
  });

  test("FIN before the data that it ends", () => {
    const bench = opened();
    bench
      .segment({ sequence: C + 4, acknowledgment: S, flags: FIN | ACK })
      .segment(sent(2, "cd"))
      .segment(sent(0, "ab"));
    expect([bench.text(0), bench.side(0).closed, ...bench.told.texts]).toEqual(["abcd", "fin"]);
  });

  test("RST: what waits is passed on, and what its number says was sent", () => {
    const bench = opened();
    bench
      .segment(sent(0, "ab"))
      .segment(sent(4, "ef"))
      .segment({ sequence: C + 9, acknowledgment: S, flags: RST });
    expect(bench.text(0)).toBe("ab");
    expect(later(bench).text(0)).toBe("ab..ef...");
    expect([bench.side(0).closed, bench.side(1).closed]).toEqual(["rst", "rst"]);
  });

  test("RST that the capture has before data that was sent first", () => {
    const bench = opened();
    bench.segment({ sequence: C + 4, acknowledgment: S + 2, flags: RST | ACK });
    bench.segment(sent(2, "cd")).segment(sent(0, "ab"));
    expect([bench.side(0).closed, bench.side(1).closed]).toEqual([null, null]);
    bench.segment({ side: 1, sequence: S, acknowledgment: C, payload: ascii("yz") });
    expect([bench.text(0), bench.text(1), ...bench.told.texts]).toEqual(["abcd", "yz"]);
    expect([bench.side(0).closed, bench.side(1).closed]).toEqual(["rst", "rst"]);
  });

  test("end of the input: the same, each side told once", () => {
    const bench = opened();
    bench.segment(sent(0, "ab")).segment(sent(4, "ef")).segment(acknowledged(9)).finish();
    expect(bench.text(0)).toBe("ab..ef...");
    expect([bench.side(0).closed, bench.side(1).closed]).toEqual(["eof", "eof"]);
    expect(bench.told.codes).toEqual(["TCP_GAP", "TCP_GAP"]);
  });

  test("a FIN that the capture misses is no lost byte", () => {
    const bench = opened();
    bench.segment(sent(0, "ab")).segment(acknowledged(3)).finish();
    expect([bench.text(0), ...bench.told.texts]).toEqual(["ab"]);
  });

  test("snapshot length: what is there is used, what is missing is a gap at once", () => {
    const bench = opened();
    bench.segment(sent(0, "abcdef", { captured: 2 })).segment(sent(6, "gh"));
    expect(bench.text(0)).toBe("ab....gh");
    expect(bench.told.texts).toEqual(["4 bytes from the client were cut off by the capture's snapshot length"]);
    bench.segment(sent(10, "klmn", { captured: 1 })).segment(sent(8, "ij"));
    expect(bench.text(0)).toBe("ab....ghijk...");
    bench.segment(sent(0, "abcdefghijklmnop", { captured: 4 }));
    expect(bench.text(0)).toBe("ab....ghijk.....");
  });
});

describe("a connection that began before the capture", () => {
  test("the first segment with data says where its side begins and who the client is", () => {
    const bench = new TcpBench();
    bench.segment({ side: 1, sequence: S - 1, acknowledgment: C });
    bench.segment(sent(0, "ab"));
    bench.segment({ side: 1, sequence: S + 500, acknowledgment: C + 2, payload: ascii("yz") });
    expect([bench.text(0), bench.text(1)]).toEqual(["ab", "yz"]);
    expect(bench.streams.connections[0].connection).toMatchObject({ client: "10.0.0.1:40000", sawSyn: false });
  });

  test("a keep-alive probe is no beginning", () => {
    const bench = new TcpBench();
    bench.segment(sent(-1, "\u0000", { flags: ACK })).segment(sent(0, "ab", { flags: ACK | PSH }));
    expect(bench.text(0)).toBe("ab");
  });

  test("what was sent before the first byte seen is left out", () => {
    const bench = new TcpBench();
    bench.segment(sent(10, "kl")).segment(sent(0, "ab")).segment(sent(8, "ijklmn"));
    expect(bench.text(0)).toBe("klmn");
    expect(bench.told.texts).toEqual([]);
  });

  test("one direction only", () => {
    const bench = new TcpBench();
    bench
      .segment(sent(0, "ab"))
      .segment(sent(4, "ef"))
      .segment(sent(2, "cd"))
      .segment(sent(6, "g", { flags: ACK | FIN }));
    expect([bench.text(0), bench.side(0).closed]).toEqual(["abcdefg", "fin"]);
    bench.finish();
    expect(bench.side(1)).toMatchObject({ end: 0, closed: "eof" });
  });

  test("segments without data, and RST, begin none", () => {
    const bench = new TcpBench();
    bench
      .segment({ sequence: C })
      .segment({ sequence: C, flags: FIN | ACK })
      .segment({ sequence: C, flags: RST });
    expect(bench.streams.connections).toEqual([]);
  });
});

describe("the same two ends again", () => {
  const NEXT = 5_000_000;
  const again = (bench: TcpBench) =>
    bench
      .segment({ sequence: NEXT - 1, flags: SYN })
      .segment({ side: 1, sequence: 77, acknowledgment: NEXT, flags: SYN | ACK })
      .segment({ sequence: NEXT, acknowledgment: 78, payload: ascii("new") })
      .segment({ side: 1, sequence: 78, acknowledgment: NEXT + 3, payload: ascii("NEW") });

  test("a new SYN resets both halves, and ends what was open", () => {
    const bench = opened().segment(sent(0, "old")).segment(sent(5, "er"));
    again(bench);
    expect(bench.text(0)).toBe("old..er");
    expect([bench.side(0).closed, bench.side(1).closed]).toEqual(["idle", "idle"]);
    expect([bench.text(0, 2), bench.text(1, 2)]).toEqual(["new", "NEW"]);
  });

  test("after FIN and after RST", () => {
    const reset = opened().segment({ sequence: C, flags: RST });
    again(reset);
    expect(reset.text(0, 2)).toBe("new");
    const closed = opened();
    closed.segment({ sequence: C, acknowledgment: S, flags: FIN | ACK });
    closed.segment({ side: 1, sequence: S, acknowledgment: C + 1, flags: FIN | ACK });
    again(closed);
    expect(closed.text(0, 2)).toBe("new");
  });

  test("the SYN was missed: both numbers are far off", () => {
    const bench = opened().segment(sent(0, "old"));
    const far = 0x7000_0000;
    bench.segment({ side: 1, sequence: far, acknowledgment: C + far, payload: ascii("hello") });
    bench.segment({ sequence: C + far, acknowledgment: far + 5, payload: ascii("again") });
    expect(bench.streams.connections).toHaveLength(2);
    expect([bench.text(0, 2), bench.text(1, 2)]).toEqual(["hello", "again"]);
  });

  test("the SYN was missed behind a FIN", () => {
    const bench = opened();
    bench.segment({ sequence: C, acknowledgment: S, flags: FIN | ACK });
    bench.segment({ side: 1, sequence: S, acknowledgment: C + 1, flags: FIN | ACK });
    bench.segment({ sequence: C + 1, acknowledgment: S + 1 });
    expect(bench.streams.connections).toHaveLength(1);
    bench.segment({ sequence: C + 70_000, acknowledgment: S + 90_000, payload: ascii("next") });
    expect(bench.text(0, 2)).toBe("next");
  });

  test("RST with data behind it, or far off, is of no connection", () => {
    const bench = opened();
    bench.segment({ sequence: C + 0x6000_0000, flags: RST }).segment(sent(0, "ab"));
    expect(bench.text(0)).toBe("ab");
    bench
      .segment({ sequence: C + 2, acknowledgment: S, flags: RST | ACK, payload: ascii("reason") })
      .segment(sent(2, "cd"));
    bench.segment({ side: 1, sequence: S, acknowledgment: C + 2, payload: ascii("late") });
    expect(bench.streams.connections).toHaveLength(1);
    expect([bench.text(0), bench.text(1), bench.side(0).closed]).toEqual(["ab", "", "rst"]);
  });

  test("a SYN again, with the same number, is the same connection", () => {
    const bench = opened().segment(sent(0, "ab")).segment({ sequence: CLIENT_ISN, flags: SYN });
    bench.segment({ side: 1, sequence: SERVER_ISN, acknowledgment: C, flags: SYN | ACK }).segment(sent(2, "cd"));
    expect(bench.text(0)).toBe("abcd");
  });
});

describe("bounds", () => {
  test("maxConnections: the one idle for longest is given up", () => {
    const bench = new TcpBench({ maxConnections: 3 });
    for (const clientPort of [1, 2, 3, 1, 4]) bench.segment(sent(0, "ab", { clientPort }));
    const closed = bench.streams.connections.map((_, i) => bench.side(0, i + 1).closed);
    expect(closed).toEqual([null, "evicted", null, null]);
    expect(bench.told.codes).toEqual(["TCP_CONNECTION_EVICTED"]);
    bench.finish();
    expect(bench.streams.connections.map((_, i) => bench.side(1, i + 1).closed)).toEqual([
      "eof",
      "evicted",
      "eof",
      "eof",
    ]);
  });

  test("many thousand connections, each found again", () => {
    const bench = new TcpBench({ maxConnections: 65_536 });
    const at = (i: number) => ({ clientPort: 1 + (i % 60_000), clientAddress: `10.1.${i % 7}.${i % 11}` });
    for (let i = 0; i < 20_000; i++) bench.segment({ sequence: i, flags: SYN, ...at(i) });
    for (let i = 0; i < 20_000; i++) bench.segment({ sequence: i + 1, payload: [i & 255 || 1], ...at(i) });
    expect(bench.streams.connections).toHaveLength(20_000);
    expect(bench.streams.connections.every(({ sides }) => sides[0].end === 1)).toBe(true);
  });

  test("connections that ended are forgotten after some thousand others", () => {
    const bench = new TcpBench();
    for (let i = 1; i <= 10_000; i++) {
      bench.segment({ sequence: 1, flags: SYN, clientPort: i }).segment({ sequence: 2, flags: RST, clientPort: i });
    }
    bench.segment({ sequence: 2, payload: [1], clientPort: 10_000 });
    expect(bench.streams.connections).toHaveLength(10_000);
    bench.segment({ sequence: 2, payload: [1], clientPort: 1 });
    expect(bench.streams.connections).toHaveLength(10_001);
  });
});
