/** The command line of `cal-inspect proxy` → options. */
import { isIP } from "node:net";
import { formatAddress, parseListenAddress, parseTarget } from "../node/proxy/address.js";
import type { Pair } from "../node/proxy/listen.js";
import type { TlsFiles } from "../node/proxy/tls.js";
import type { LiveOptions } from "./live-session.js";
import { HELP_OPTIONS, OUTPUT_OPTIONS, outputOptions, SCHEMA_OPTIONS, schemaOptions } from "./options.js";
import { UsageError } from "./usage-error.js";
import { type OptionTable, readWords, single, strings, type Words } from "./words.js";

export interface ProxyOptions extends LiveOptions {
  readonly pairs: readonly (Pair & { readonly targetText: string })[];
  readonly tls: TlsFiles;
  /** null: what passes is not written. */
  readonly writeFile: string | null;
}

const file = (describe: string) => ({ type: "string", requiresArg: true, describe }) as const;

export const PROXY_OPTIONS = {
  listen: {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "[host:]port (default host: 127.0.0.1) or unix:/path",
  },
  target: { type: "string", array: true, requiresArg: true, describe: "host:port, unix:/path, or tls://host:port" },
  write: { alias: "w", type: "string", requiresArg: true, describe: "write what passes as pcapng too" },
  "listen-cert": file("certificate to end the clients' TLS with, PEM"),
  "listen-key": file("its key"),
  ca: file("certificates that a tls:// target is trusted by, PEM"),
  insecure: { type: "boolean", describe: "trust any tls:// target" },
  "server-name": file("the name asked of a tls:// target (SNI), and expected in its certificate"),
  cert: file("client certificate for a tls:// target, PEM"),
  key: file("its key"),
  ...SCHEMA_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...HELP_OPTIONS,
} as const satisfies OptionTable;

/** Messages that open calls hold: a proxy runs for weeks beside other programs. `--limit` says otherwise. */
const MAX_OPEN_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Throws UsageError. */
export function parseProxyOptions(args: readonly string[]): ProxyOptions | "help" {
  const { values, positionals } = readWords(args, PROXY_OPTIONS);
  if (values.help) return "help";
  if (positionals.length > 0) throw new UsageError(`proxy takes options alone, not ${positionals[0]}`);
  const output = outputOptions(values);
  const pairs = pairsOf(strings(values.listen), strings(values.target));
  refuseIdle(values, pairs);
  return {
    ...schemaOptions(values),
    ...output,
    limits: { maxOpenMessageBytes: MAX_OPEN_MESSAGE_BYTES, ...output.limits },
    pairs,
    tls: tlsOf(values),
    writeFile: single(values, "write"),
  };
}

function pairsOf(listens: readonly string[], targets: readonly string[]): ProxyOptions["pairs"] {
  if (listens.length === 0 || targets.length === 0)
    throw new UsageError("proxy needs --listen and --target, as in --listen 50050 --target localhost:50051");
  if (listens.length !== targets.length)
    throw new UsageError(`each --listen needs its --target: ${listens.length} and ${targets.length} are given`);
  return listens.map((text, index) => {
    const listen = parseListenAddress(text);
    if (listen === null)
      throw new UsageError(`--listen takes [host:]port or unix:/path, as in 127.0.0.1:50050, not "${text}"`);
    const target = parseTarget(targets[index]);
    if (target === null)
      throw new UsageError(
        `--target takes host:port, unix:/path or tls://host:port, as in localhost:50051, not "${targets[index]}"`,
      );
    return { listen, target, targetText: `${target.tls ? "tls://" : ""}${formatAddress(target.address)}` };
  });
}

/** Options that would do nothing. */
function refuseIdle(values: Words["values"], pairs: ProxyOptions["pairs"]): void {
  const idle = (["ca", "insecure", "server-name", "cert", "key"] as const).find((name) => values[name] !== undefined);
  if (idle !== undefined && !pairs.some(({ target }) => target.tls))
    throw new UsageError(
      `--${idle} is for a target that is spoken to by TLS, as in --target tls://${pairs[0].targetText}`,
    );
  const serverName = single(values, "server-name");
  if (serverName !== null && isIP(serverName) !== 0)
    throw new UsageError(`--server-name takes a name, not the address ${serverName}: TLS names no addresses`);
}

function tlsOf(values: Words["values"]): TlsFiles {
  return {
    listen: certAndKey(values, "listen-cert", "listen-key"),
    ca: single(values, "ca"),
    insecure: values.insecure === true,
    serverName: single(values, "server-name"),
    client: certAndKey(values, "cert", "key"),
  };
}

function certAndKey(values: Words["values"], certName: string, keyName: string): { cert: string; key: string } | null {
  const [cert, key] = [single(values, certName), single(values, keyName)];
  if (cert === null && key === null) return null;
  if (cert === null || key === null) throw new UsageError(`--${certName} and --${keyName} belong together`);
  return { cert, key };
}
