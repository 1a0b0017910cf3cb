/** `connect-timeout-ms` (connectrpc.com/docs/protocol, Timeout): "ASCII integer of at most 10 digits", milliseconds. Nanoseconds; null for anything else. */
export function parseConnectTimeout(value: string): number | null {
  return /^\d{1,10}$/.test(value) ? Number(value) * 1e6 : null;
}
