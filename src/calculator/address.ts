/** `host:port` of the calculator's command lines; an IPv6 host is written in brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_PORT = 50051;

/** `null` when the text is not `host:port`, `[ipv6]:port` with a port of 1 to 65,535. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/[\]@?#]+)):([0-9]{1,5})$/.exec(text);
  if (match === null) {
    return null;
  }
  const port = Number(match[3]);
  return port >= 1 && port <= 65_535 ? { host: match[1] ?? match[2]!, port } : null;
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
