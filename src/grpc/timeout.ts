/** `grpc-timeout` (PROTOCOL-HTTP2, Timeout): "{positive integer as ASCII string of at most 8 digits}" and a unit. */

const UNIT_NS: Readonly<Record<string, number>> = { H: 3600e9, M: 60e9, S: 1e9, m: 1e6, u: 1e3, n: 1 };

/** Nanoseconds; null for anything else. */
export function parseTimeout(value: string): number | null {
  const match = /^(\d{1,8})([HMSmun])$/.exec(value);
  return match === null ? null : Number(match[1]) * UNIT_NS[match[2]];
}
