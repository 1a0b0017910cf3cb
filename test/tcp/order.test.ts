import { describe, expect, test } from "@jest/globals";
import { ACK, FIN, SYN, URG } from "../support/packets.js";
import { ascii, TcpBench } from "../support/recorded-streams.js";
import { acknowledged, C, CLIENT_ISN, opened, S, SERVER_ISN, sent } from "../support/tcp-connection.js";

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
