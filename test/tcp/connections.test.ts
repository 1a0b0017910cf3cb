import { describe, expect, test } from "@jest/globals";
import { ACK, FIN, PSH, RST, SYN } from "../support/packets.js";
import { ascii, TcpBench } from "../support/recorded-streams.js";
import { C, CLIENT_ISN, opened, S, SERVER_ISN, sent } from "../support/tcp-connection.js";

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

  test.each([0, 1] as const)("RST by side %d: it is told first", (side) => {
    const numbers = side === 0 ? { sequence: C + 2, acknowledgment: S } : { sequence: S, acknowledgment: C + 2 };
    const bench = opened()
      .segment(sent(0, "ab"))
      .segment({ side, ...numbers, flags: RST | ACK });
    expect(bench.streams.connections[0].closes).toEqual([side, 1 - side]);
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

  test("one that was given up and goes on is joined late", () => {
    const bench = new TcpBench({ maxConnections: 2 });
    for (const clientPort of [1, 2, 3]) bench.segment(sent(0, "ab", { clientPort }));
    bench.segment(sent(2, "cd", { clientPort: 1 })).segment(sent(4, "ef", { clientPort: 1 }));
    expect(bench.streams.connections).toHaveLength(4);
    expect(bench.text(0, 4)).toBe("cdef");
    expect(bench.streams.connections[3].connection.sawSyn).toBe(false);
  });

  test("provenance is kept for the last thousand segments", () => {
    const bench = opened();
    for (let i = 0; i < 3000; i++) bench.segment(sent(2 * i, "ab"));
    const [map] = bench.streams.connections[0].connection.provenance;
    expect(map.packets(0, 2)).toEqual([]);
    expect(map.packets(5000, 5004)).toEqual([2504, 2505]);
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
    bench.segment({ side: 1, sequence: 2, payload: [1], clientPort: 10_000 });
    expect(bench.streams.connections).toHaveLength(10_000);
    bench.segment({ sequence: 2, payload: [1], clientPort: 1 });
    expect(bench.streams.connections).toHaveLength(10_001);
  });
});
