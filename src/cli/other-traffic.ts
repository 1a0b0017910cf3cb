/** What passes a proxy and is not HTTP/2: named, so that nobody waits for its calls. */

const ADVICE: Readonly<Record<string, string>> = {
  tls: "TLS passes untouched, and what it hides cannot be shown: give --listen-cert and --listen-key to end it here, and tls:// before the target to go on with it",
};

/** null: nothing else passed so far, as far as is known. */
export function formatOtherTraffic(protocols: ReadonlyMap<string, number>): string | null {
  const others = [...protocols.keys()].filter((name) => name !== "http2" && name !== "unknown");
  if (others.length === 0) return null;
  return ADVICE[others[0]] ?? `a connection speaks ${others[0]}, which passes and is not shown`;
}
