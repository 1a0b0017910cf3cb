/**
 * The ends of a connection as its records name them → addresses and ports for packets. What has none gets one that is made for
 * examples (RFC 5737, RFC 3849), so that nobody takes it for real, and a comment that says so.
 */
import { isIPv4, isIPv6 } from "node:net";
import type { ConnectionInfo } from "../../engine/inspector.js";
import type { Ends } from "./packet.js";

export interface MadeUpEnds extends Ends {
  /** What is to be said with the first packet. */
  readonly comment: string;
}

/** TEST-NET-1 and the documentation prefix of IPv6: one address for those without, per side. */
const V4 = ["192.0.2.1", "192.0.2.2"] as const;
const V6 = ["2001:db8::1", "2001:db8::2"] as const;
const SERVER_PORT = 50_051;
/** Ports for clients without one: from the dynamic range (RFC 6335), one after the other. */
const FIRST_PORT = 49_152;
const PORTS = 65_536 - FIRST_PORT;

/** `number`: of the connection, from 1. */
export function makeUpEnds({ client, server, tls }: ConnectionInfo, number: number): MadeUpEnds {
  const [a, b] = [parseEnd(client), parseEnd(server)];
  const isV6 = [a, b].some((end) => end !== null && isIPv6(end.host));
  const hosts = [a?.host ?? (isV6 ? V6 : V4)[0], b?.host ?? (isV6 ? V6 : V4)[1]];
  const clientPort = a?.port ?? FIRST_PORT + ((number - 1) % PORTS);
  const notes = [
    `${client} to ${server}, made up from the bytes that passed a proxy`,
    ...(a === null || b === null
      ? ["a Unix socket has no address: 192.0.2.x or 2001:db8::x, and the port, stand for it"]
      : []),
    ...(tls ? [`the proxy ended ${tls.version} (${tls.cipher}): this is what was inside`] : []),
  ];
  return {
    addresses: [addressBytes(hosts[0], isV6), addressBytes(hosts[1], isV6)],
    ports: [clientPort, b?.port ?? SERVER_PORT],
    comment: notes.join("; "),
  };
}

function parseEnd(name: string): { host: string; port: number } | null {
  const match = /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|([\d.]+)):(\d+)$/.exec(name);
  const host = match?.[1] ?? match?.[2];
  return host !== undefined && (isIPv4(host) || isIPv6(host)) ? { host, port: Number(match![3]) } : null;
}

/** An IPv4 address among IPv6 ones is written as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2). */
function addressBytes(host: string, asV6: boolean): Uint8Array {
  if (isIPv4(host)) {
    const bytes = host.split(".").map(Number);
    return Uint8Array.from(asV6 ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes] : bytes);
  }
  return parseIpv6(host);
}

function parseIpv6(host: string): Uint8Array {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  const hex = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
  const text = dotted === null ? host : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head, tail] = text.split("::", 2).map((part) => (part === "" ? [] : part.split(":")));
  const zeros = tail === undefined ? [] : new Array<string>(8 - head.length - tail.length).fill("0");
  const words = [...head, ...zeros, ...(tail ?? [])].map((word) => Number.parseInt(word, 16));
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}
