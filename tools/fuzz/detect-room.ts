/** Connections of other protocols: none may be taken for HTTP/2, from whichever byte on they are seen. */
import type { Traffic } from "./other-traffic.js";
import { check, type Product, type Room } from "./room.js";

export const BYTES_AN_INPUT = 65_536;

export function detectRoom({ DetectingSink, LIMITS }: Product, traffic: readonly Traffic[]): Room {
  let turn = 0;
  return {
    inputs: "connections",
    play(random) {
      const { kind, make } = traffic[turn++ % traffic.length];
      let protocol = "none";
      const sink = new DetectingSink(
        LIMITS,
        (verdict: { protocol: string }) => {
          protocol = verdict.protocol;
          return null;
        },
        random.oneIn(2),
      );
      const at = [0, 0];
      for (const side of [0, 1]) {
        const bytes = make(random, BYTES_AN_INPUT / 2);
        const cut = random.oneIn(2) ? 1448 : 16_384;
        for (let start = 0; start < bytes.length; start += cut) {
          const end = Math.min(bytes.length, start + cut);
          sink.data(side, bytes, start, end, at[side], 0);
          at[side] += end - start;
        }
      }
      sink.close(0, "eof", 0);
      sink.close(1, "eof", 0);
      check(protocol !== "http2", `${kind} is not HTTP/2`);
      return 1;
    },
  };
}
