/** An input that was read well and holds no gRPC, or for `frames` no HTTP/2: what was there instead, and what to try. One sentence. */

import type { Summary } from "../engine/summary.js";
import { count } from "../output/text-totals.js";
import type { PacketCounts } from "../packet/packet-counts.js";

export function explainNoGrpc(
  capture: string,
  summary: Summary,
  packetCounts: PacketCounts,
  wanted: "gRPC" | "HTTP/2" = "gRPC",
): string {
  const { packets, connections, protocols } = summary;
  const found = (what: string, advice: string) => `no ${wanted} in ${capture}: ${what}; ${advice}`;
  if (packets === 0)
    return found("the capture holds no packets", "was the recording stopped before the calls were made?");
  if (packetCounts.tcp === 0)
    return found(`${count(packets, "packet")}, none of them TCP`, "record the interface and port that carry the calls");
  const of = (protocol: string) => protocols.get(protocol) ?? 0;
  if (of("tls") > 0) {
    return found(
      `${count(of("tls"), "connection")} of TLS, which cannot be read without its keys`,
      "record behind the TLS proxy, or without TLS",
    );
  }
  if (of("http2") > 0)
    return found(
      `${count(of("http2"), "connection")} of HTTP/2 that carry something else`,
      "cal-inspect frames shows what they say",
    );
  if (of("http1") > 0)
    return found(`${count(of("http1"), "connection")} of HTTP/1`, `record the port that speaks ${wanted}`);
  const names = [...protocols.keys()].filter((protocol) => protocol !== "unknown");
  const what = names.length > 0 ? `${names.join(", ")}` : "bytes of no protocol that is known here";
  return found(
    `${count(connections, "TCP connection")} with ${what}`,
    `record the port that speaks ${wanted}, from before the connection opens`,
  );
}
