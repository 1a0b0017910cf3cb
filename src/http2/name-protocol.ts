/** Protocols that are not HTTP/2, known by the first bytes of one side. */
import { readU16BE, readU24BE, readU32BE } from "../bytes/integers.js";
import { decodeLatin1 } from "../bytes/text.js";

export type OtherProtocol = (typeof SIGNATURES)[number]["name"] | "tls" | "unknown";

interface Signature {
  readonly name: string;
  /** Who sends it. */
  readonly sender: "client" | "server";
  /** Of the side's first 32 bytes, one character a byte. */
  readonly text: RegExp;
}

const SIGNATURES = [
  { name: "http1", sender: "client", text: /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) [!-~]/ },
  { name: "http1", sender: "server", text: /^HTTP\/1\.[01] \d/ },
  { name: "ssh", sender: "client", text: /^SSH-\d/ },
  { name: "smtp", sender: "client", text: /^(EHLO|HELO) /i },
  { name: "smtp or ftp", sender: "server", text: /^220[ -]/ },
  { name: "imap", sender: "server", text: /^\* OK/ },
  { name: "pop3", sender: "server", text: /^\+OK / },
  { name: "redis", sender: "client", text: /^\*\d+\r\n\$\d+\r\n/ },
  { name: "amqp", sender: "client", text: /^AMQP[\0-\x03]/ },
  { name: "nats", sender: "server", text: /^INFO \{/ },
  { name: "memcached", sender: "client", text: /^(get|gets|set|add|replace|delete|incr|stats)( [!-~]|\r\n)/ },
  { name: "postgresql", sender: "client", text: /^\0\0..(\0\x03\0\0|\x04\xd2\x16\x2f)/s },
  { name: "mysql", sender: "server", text: /^[^\0]\0\0\0\x0a[0-9]\./ },
  { name: "mongodb", sender: "client", text: /^.{4}.{8}(\xdd\x07|\xd4\x07)\0\0/s },
  { name: "mqtt", sender: "client", text: /^\x10.{1,2}\0\x04MQTT/s },
  { name: "smb", sender: "client", text: /^\0..{2}[\xfe\xff]SMB/s },
  { name: "rtsp", sender: "server", text: /^RTSP\/1\.0 / },
  { name: "bittorrent", sender: "client", text: /^\x13BitTorrent protocol/ },
] as const satisfies readonly Signature[];

/** RFC 8446 §5.1: content types 20 to 24; the version of every record since SSL 3.0 is 3.0 to 3.4. */
const MAX_TLS_RECORD = 0x4000 + 2048;

export interface NamedProtocol {
  readonly name: OtherProtocol;
  /** Whether who sent these bytes is the client; null: they do not say. */
  readonly fromClient: boolean | null;
}

/** What `bytes[0, length)`, the first that one side sent, are; null: nothing that is known. */
export function nameProtocol(bytes: Uint8Array, length: number): NamedProtocol | null {
  if (length >= 5 && bytes[0] >= 20 && bytes[0] <= 24 && bytes[1] === 3 && bytes[2] <= 4) {
    const recordLength = readU16BE(bytes, 3);
    // ClientHello 1, ServerHello 2: handshake messages whose length fits the record
    const hello = bytes[0] === 22 && length >= 9 && readU24BE(bytes, 6) <= recordLength ? bytes[5] : 0;
    if (recordLength <= MAX_TLS_RECORD && recordLength > 0)
      return { name: "tls", fromClient: hello === 1 ? true : hello === 2 ? false : null };
  }
  const head = decodeLatin1(bytes, 0, Math.min(length, 32));
  for (const { name, sender, text } of SIGNATURES) {
    if (text.test(head)) return { name, fromClient: sender === "client" };
  }
  return null;
}

/** A server's preface (RFC 9113 §3.4): a SETTINGS frame, 72 bits that no other protocol happens to begin with. */
export function startsWithSettings(bytes: Uint8Array, length: number): boolean {
  if (length < 9 || bytes[3] !== 4 || bytes[4] !== 0 || readU32BE(bytes, 5) !== 0) return false;
  return readU24BE(bytes, 0) % 6 === 0 && readU24BE(bytes, 0) <= 0x4000;
}
