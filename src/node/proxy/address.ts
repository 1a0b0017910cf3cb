/** Where a proxy listens, and where it passes on to: "50050", "host:50050", "[::1]:50050", "unix:/path", "tls://host:50051". */

export interface TcpAddress {
  readonly kind: "tcp";
  readonly host: string;
  readonly port: number;
}

export interface UnixAddress {
  readonly kind: "unix";
  readonly path: string;
}

export type Address = TcpAddress | UnixAddress;

export interface Target {
  readonly address: Address;
  /** Speak TLS to it. */
  readonly tls: boolean;
}

/** Of one who names a port alone: this machine, and nobody else's. */
const DEFAULT_HOST = "127.0.0.1";

/** sun_path of Linux has 108 bytes, the last of them NUL; where it is shorter the system says so itself. */
const MAX_UNIX_PATH_BYTES = 107;

/** null: it is none. Port 0 means any that is free. */
export function parseListenAddress(text: string): Address | null {
  return parseUnix(text) ?? parseTcp(text, 0);
}

/** null: it is none. */
export function parseTarget(text: string): Target | null {
  const tls = text.startsWith("tls://");
  const rest = tls ? text.slice("tls://".length) : text;
  const address = parseUnix(rest) ?? parseTcp(rest, 1);
  return address && { address, tls };
}

export function formatAddress(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return formatEnds(address.host, address.port);
}

export function formatEnds(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseUnix(text: string): UnixAddress | null {
  const path = /^unix:(?:\/\/(?=\/))?(.+)$/s.exec(text)?.[1];
  if (path === undefined || path.includes("\0") || Buffer.byteLength(path) > MAX_UNIX_PATH_BYTES) return null;
  return { kind: "unix", path };
}

function parseTcp(text: string, lowestPort: number): TcpAddress | null {
  const match = /^(?:(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([\w.*-]+)):)?(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [, ipv6, name = DEFAULT_HOST, digits] = match;
  const port = Number(digits);
  return port >= lowestPort && port <= 65_535 ? { kind: "tcp", host: ipv6 ?? name, port } : null;
}
