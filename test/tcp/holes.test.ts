import { describe, expect, test } from "@jest/globals";
import { ACK, FIN, RST, SYN } from "../support/packets.js";
import { ascii, TcpBench } from "../support/recorded-streams.js";
import { acknowledged, C, CLIENT_ISN, later, opened, S, sent } from "../support/tcp-connection.js";

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

  test("acknowledged and passed by: time passes, and no segment comes", () => {
    const bench = opened();
    bench.segment(sent(0, "ab")).segment(sent(4, "ef")).segment(acknowledged(6));
    bench.assembler.tick(0.1e9);
    expect(bench.text(0)).toBe("ab");
    bench.assembler.tick(1e9);
    expect(bench.text(0)).toBe("ab..ef");
  });

  test("the same holes in the same order, whether a clock, the next segment or the end of the input has them noticed", () => {
    const answer = { side: 1 as const, sequence: S + 2, payload: ascii("yz") };
    const toldOf = (end: (bench: TcpBench) => unknown) => {
      const bench = opened()
        .segment(sent(2, "cd"))
        .segment({ ...answer, acknowledgment: C });
      // The server's hole is due first.
      bench.segment({ sequence: C, acknowledgment: S + 4 }).segment({ ...acknowledged(4), sequence: S + 4 });
      end(bench);
      return bench.finish().told.texts;
    };
    const atEnd = toldOf(() => {});
    expect(atEnd.map((text) => /from the (\w+)/.exec(text)?.[1])).toEqual(["server", "client"]);
    expect(toldOf((bench) => bench.assembler.tick(1e9))).toEqual(atEnd);
    expect(toldOf(later)).toEqual(atEnd);
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
