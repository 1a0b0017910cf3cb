/** TLS at either side of a proxy: ended here, so that what it hides can be shown, and begun anew towards the target. */
import { readFileSync } from "node:fs";
import { isIP, type Socket } from "node:net";
import tls from "node:tls";
import type { TlsRecord } from "../../call/record.js";
import { InputError } from "../input-error.js";
import { describeSystemError } from "../system-error.js";

export interface TlsFiles {
  /** Certificate and key to end TLS with; null: TLS passes untouched. */
  readonly listen: { readonly cert: string; readonly key: string } | null;
  /** For targets that are spoken to by TLS. */
  readonly ca: string | null;
  readonly insecure: boolean;
  readonly serverName: string | null;
  readonly client: { readonly cert: string; readonly key: string } | null;
}

/** What gRPC speaks, and what gRPC-Web speaks too. */
const PROTOCOLS = ["h2", "http/1.1"];

/** A TLS server that gets its connections by `emit("connection", socket)`. Throws InputError. */
export function createTlsServer({ listen }: TlsFiles): tls.Server | null {
  if (listen === null) return null;
  const cert = readCertificate(listen.cert);
  const key = readKey(listen.key);
  try {
    return tls.createServer({ cert, key, ALPNProtocols: PROTOCOLS });
  } catch (error) {
    throw new InputError(`cannot use ${listen.cert} with ${listen.key}: ${describeFileError(error)}`);
  }
}

/** What every connection to a TLS target is made with. Throws InputError. */
export function targetTlsOptions({ ca, insecure, serverName, client }: TlsFiles): tls.ConnectionOptions {
  const options = {
    ...(ca === null ? {} : { ca: readCertificate(ca) }),
    ...(client === null ? {} : { cert: readCertificate(client.cert), key: readKey(client.key) }),
  };
  try {
    const secureContext = tls.createSecureContext(options);
    return { secureContext, rejectUnauthorized: !insecure, ...(serverName === null ? {} : { servername: serverName }) };
  } catch (error) {
    const files = [ca, client?.cert, client?.key].filter((file) => file != null).join(", ");
    throw new InputError(`cannot use ${files}: ${describeFileError(error)}`);
  }
}

/** TLS over a connected socket. `alpn`: what the client agreed on, where it came by TLS too. */
export function connectTls(
  raw: Socket,
  host: string,
  alpn: string | null,
  options: tls.ConnectionOptions,
): tls.TLSSocket {
  const servername = options.servername ?? (isIP(host) === 0 ? host : undefined);
  return tls.connect({
    ...options,
    socket: raw,
    host,
    ...(servername === undefined ? {} : { servername }),
    ALPNProtocols: alpn === null ? ["h2"] : [alpn],
  });
}

/** What a handshake agreed on. */
export function tlsRecordOf(socket: tls.TLSSocket): TlsRecord {
  const { servername, alpnProtocol } = socket as { servername?: string | false; alpnProtocol?: string | false | null };
  const { standardName, name } = socket.getCipher() ?? {};
  return {
    version: socket.getProtocol() ?? "unknown",
    cipher: standardName ?? name ?? "unknown",
    sni: servername || null,
    alpn: alpnProtocol || null,
  };
}

const TRUST = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

/** Why a handshake failed, and what to do. */
export function describeTlsError(error: NodeJS.ErrnoException & { reason?: string }): string {
  const { code = "", message, reason } = error;
  if (TRUST.has(code))
    return "its certificate is signed by nobody known here: name its CA by --ca, or trust it by --insecure";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `its certificate is for another name (${reason ?? message}): say which by --server-name`;
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired (--insecure takes it anyway)";
  if (code === "ECONNRESET" || code === "EPROTO" || code.startsWith("ERR_SSL"))
    return describeHandshake(tlsReason(error));
  return describeSystemError(error);
}

function describeHandshake(reason: string): string {
  const meaning = HANDSHAKE.find(([pattern]) => pattern.test(reason))?.[1];
  return meaning === undefined ? `the TLS handshake failed: ${reason}` : `${meaning} (${reason})`;
}

/** Reasons and alerts of OpenSSL that say what to do. */
const HANDSHAKE: readonly (readonly [RegExp, string])[] = [
  [/wrong version number|http request/, "what came is no TLS"],
  [/alert (unknown ca|bad certificate|certificate unknown)/, "the certificate that it was shown is not trusted there"],
  [/certificate required|alert handshake failure/, "it may want a client certificate: name one by --cert and --key"],
  [/no application protocol/, "there is no common protocol (ALPN): it takes h2 or http/1.1"],
];

/** "error:0A00010B:SSL routines::wrong version number" → "wrong version number". */
function tlsReason({ message, reason }: { message: string; reason?: string }): string {
  return reason ?? /SSL routines:[^:]*:([^:\n]+)/.exec(message)?.[1] ?? message;
}

function describeFileError(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH") return "the key belongs to another certificate";
  return describeSystemError(error);
}

function readCertificate(file: string): string {
  return readPem(file, "CERTIFICATE-----", "certificate");
}

function readKey(file: string): string {
  const pem = readPem(file, "PRIVATE KEY-----", "private key");
  if (/ENCRYPTED/.test(pem))
    throw new InputError(`the key in ${file} needs a passphrase: openssl pkey -in ${file} writes it without one`);
  return pem;
}

/** OpenSSL passes over what it does not know, or names a line that is not there. */
function readPem(file: string, label: string, what: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, "latin1");
  } catch (error) {
    throw new InputError(`cannot read ${file}: ${describeSystemError(error)}`);
  }
  if (!new RegExp(`^-----BEGIN [A-Z ]*${label}`, "m").test(pem))
    throw new InputError(`there is no ${what} in ${file}: it takes PEM, as in -----BEGIN ${label}`);
  return pem;
}
