/** IP addresses as text: IPv4 dotted, IPv6 as RFC 5952 recommends. */

/** The address of `family` at `buf[at]`: "127.0.0.1", "2001:db8::1". */
export function formatAddress(buf: Uint8Array, at: number, family: 4 | 6): string {
  if (family === 4) return formatIpv4(buf, at);
  const isMapped = isZero(buf, at, at + 10) && buf[at + 10] === 0xff && buf[at + 11] === 0xff;
  if (isMapped) return "::ffff:" + formatIpv4(buf, at + 12);
  return formatIpv6(buf, at);
}

/** "127.0.0.1:41234", "[::1]:50051". */
export function formatEndpoint(buf: Uint8Array, at: number, family: 4 | 6, port: number): string {
  const address = formatAddress(buf, at, family);
  return family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}

function formatIpv4(buf: Uint8Array, at: number): string {
  return `${buf[at]}.${buf[at + 1]}.${buf[at + 2]}.${buf[at + 3]}`;
}

/** RFC 5952 §4.2: "::" stands for the longest run of zero groups, the first of equals, of two groups or more. */
function formatIpv6(buf: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => (buf[at + 2 * i] << 8) | buf[at + 2 * i + 1]);
  let longestStart = 0;
  let longest = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > longest) [longestStart, longest] = [i, run];
  }
  const text = groups.map((group) => group.toString(16));
  if (longest === 1) return text.join(":");
  return `${text.slice(0, longestStart).join(":")}::${text.slice(longestStart + longest).join(":")}`;
}

function isZero(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (buf[i] !== 0) return false;
  return true;
}
