import { describe, expect, test } from "@jest/globals";
import { ACK, FIN, RST } from "../support/packets.js";
import { ascii, type TcpBench } from "../support/recorded-streams.js";
import { acknowledged, C, later, opened, S, sent } from "../support/tcp-connection.js";

const answer = (offset: number, text: string, acknowledgment: number) => ({
  side: 1 as const,
  sequence: S + offset,
  acknowledgment: C + acknowledgment,
  payload: ascii(text),
});
const half = (bench: TcpBench) => bench.segment(sent(0, "abcd")).segment(answer(0, "ABCD", 4));
/** Both sides go on, and end. */
function goOn(bench: TcpBench): TcpBench {
  bench.segment(sent(4, "efgh", { acknowledgment: S + 4 })).segment(answer(4, "EFGH", 8));
  bench.segment({ sequence: C + 8, acknowledgment: S + 8, flags: FIN | ACK });
  bench.segment({ side: 1, sequence: S + 8, acknowledgment: C + 9, flags: FIN | ACK });
  return bench;
}
const whole = (bench: TcpBench) =>
  expect([bench.text(0), bench.text(1), bench.streams.connections.length]).toEqual(["abcdefgh", "ABCDEFGH", 1]);
const ends = (bench: TcpBench) => [bench.side(0).closed, bench.side(1).closed];

describe("a RST that its receiver would not take ends nothing", () => {
  test.each([
    ["behind what is acknowledged", 3],
    ["5,000 behind", -5000],
    ["far ahead", 500_000_000],
  ])("%s", (_, offset) => {
    const bench = goOn(half(opened()).segment({ sequence: C + offset, flags: RST }));
    whole(bench);
    expect([...ends(bench), ...bench.told.codes]).toEqual(["fin", "fin"]);
  });

  test("behind bytes that nobody acknowledged it is taken: they may have been lost", () => {
    const bench = half(opened())
      .segment(sent(4, "ef"))
      .segment({ sequence: C + 4, flags: RST });
    expect(ends(bench)).toEqual(["rst", "rst"]);
  });
});

describe("an end that bytes contradict before it is reached is left out", () => {
  test("RST ahead", () => {
    const bench = half(opened()).segment({ sequence: C + 6, acknowledgment: S + 4, flags: RST | ACK });
    whole(goOn(bench));
    expect([...ends(bench), ...bench.told.codes]).toEqual(["fin", "fin", "TCP_END_NOT_BELIEVED"]);
  });

  test("RST further ahead than the connection goes on, in the name of either side", () => {
    for (const numbers of [{ sequence: C + 1e6 }, { side: 1 as const, sequence: S + 1e6 }]) {
      const bench = goOn(half(opened()).segment({ ...numbers, flags: RST }));
      whole(bench);
      expect([...ends(bench), ...bench.told.codes]).toEqual(["fin", "fin", "TCP_END_NOT_BELIEVED"]);
    }
  });

  test("RST ahead, and the connection goes on for longer than missing bytes are waited for", () => {
    const bench = half(opened()).segment({ side: 1, sequence: S + 1e6, flags: RST });
    for (let i = 4; i < 400; i++) bench.segment(sent(i, "x", { acknowledgment: S + i })).segment(answer(i, "X", i + 1));
    expect([bench.side(0).end, bench.side(1).end, ...bench.told.codes]).toEqual([400, 400]);
  });

  test("FIN ahead: a true one follows", () => {
    const bench = half(opened()).segment({ sequence: C + 6, acknowledgment: S + 4, flags: FIN | ACK });
    whole(goOn(bench));
    expect([...ends(bench), ...bench.told.codes]).toEqual(["fin", "fin", "TCP_END_NOT_BELIEVED"]);
    const further = half(opened()).segment({ sequence: C + 70, acknowledgment: S + 4, flags: FIN | ACK });
    whole(goOn(further));
    expect([...ends(further), ...further.told.codes]).toEqual(["fin", "fin"]);
  });
});

describe("bytes beyond an end that was told are those of a connection that goes on", () => {
  const rest = (bench: TcpBench, goesOn: string) => {
    const { connection } = bench.streams.connections[1];
    expect(connection).toMatchObject({ client: "10.0.0.1:40000", sawSyn: false, goesOn });
    expect([bench.text(0, 2), bench.text(1, 2), bench.streams.connections.length]).toEqual(["efgh", "EFGH", 2]);
    expect([bench.side(0, 2).closed, bench.side(1, 2).closed]).toEqual(["fin", "fin"]);
  };

  test("RST at the exact number, in the name of either side", () => {
    rest(goOn(half(opened()).segment({ sequence: C + 4, flags: RST })), "RST");
    // what the client sends first may have been on its way
    const byServer = half(opened()).segment({ side: 1, sequence: S + 4, flags: RST });
    byServer.segment({ side: 1, sequence: S + 4, acknowledgment: C + 8 });
    rest(goOn(byServer), "RST");
  });

  test("FIN at the exact number", () => {
    rest(goOn(half(opened()).segment({ sequence: C + 4, acknowledgment: S + 4, flags: FIN | ACK })), "FIN");
  });
});

describe("what comes after a true end stays silent", () => {
  test("retransmitted segments, probes, and what the other side had on its way", () => {
    const bench = half(opened()).segment({ sequence: C + 4, acknowledgment: S + 4, flags: RST | ACK });
    for (let i = 0; i < 20; i++) {
      bench
        .segment(sent(0, "abcd"))
        .segment(answer(0, "ABCD", 4))
        .segment(answer(4, "EFGH", 4));
      bench.segment({ sequence: C + 4, flags: RST }).segment({ sequence: C + 3, acknowledgment: S + 4 });
    }
    expect(bench.streams.connections).toHaveLength(1);
    expect([...ends(bench), ...bench.told.codes]).toEqual(["rst", "rst"]);
  });

  test("behind a FIN", () => {
    const bench = goOn(half(opened()));
    bench
      .segment(sent(4, "efgh", { flags: FIN | ACK }))
      .segment(sent(8, "\0"))
      .segment(answer(0, "ABCDEFGH", 9));
    whole(bench);
    expect(bench.told.codes).toEqual([]);
  });

  test("a RST that answers data behind a FIN, and is captured before that FIN", () => {
    const bench = half(opened()).segment({ sequence: C + 5, flags: RST });
    bench.segment({ sequence: C + 4, acknowledgment: S + 4, flags: FIN | ACK });
    later(bench.segment(acknowledged(4)));
    expect([...ends(bench), ...bench.told.codes]).toEqual(["rst", "rst"]);
  });
});
