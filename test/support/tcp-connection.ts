/** One TCP connection to test with: its numbers, its handshake, segments of either side. */
import { ACK, SYN } from "./packets.js";
import { ascii, TcpBench } from "./recorded-streams.js";

export const CLIENT_ISN = 1000;
export const SERVER_ISN = 0xffff_fff0;
export const C = CLIENT_ISN + 1;
export const S = SERVER_ISN + 1;

export function opened(limits = {}): TcpBench {
  return new TcpBench(limits)
    .segment({ sequence: CLIENT_ISN, flags: SYN })
    .segment({ side: 1, sequence: SERVER_ISN, acknowledgment: C, flags: SYN | ACK })
    .segment({ sequence: C, acknowledgment: S });
}

/** A client's segment with `text` at `offset` of its stream. */
export const sent = (offset: number, text: string, more = {}) => ({
  sequence: C + offset,
  acknowledgment: S,
  payload: ascii(text),
  ...more,
});
/** Another connection's segment, a second later: only the packets' clock goes on. */
export const later = (bench: TcpBench) =>
  bench.segment({ sequence: 1, payload: [1], clientPort: 9, timeNs: 1e9 + bench.packets * 1000 });
/** The server's acknowledgment of the client's bytes before `offset`. */
export const acknowledged = (offset: number) => ({ side: 1 as const, sequence: S, acknowledgment: C + offset });
