/**
 * What a connection speaks, told by the first bytes of both its sides.
 *
 * HTTP/2 with prior knowledge begins with the client's preface (RFC 9113 §3.4).
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { readU16BE, readU24BE, readU32BE } from "../bytes/integers.js";
import { decodeLatin1 } from "../bytes/text.js";
import { PREFACE, SETTINGS } from "./frame-type.js";
import type { HeldSide } from "./held-bytes.js";

export type OtherProtocol = "http1" | "tls" | "ssh" | "unknown";

export type Verdict =
  | {
      readonly protocol: "http2";
      /** Which side, as the connection's bytes are told, is the HTTP/2 client. */
      readonly clientSide: Side;
      /** Whether the client's connection preface was seen: if not, the connection began before its bytes do. */
      readonly preface: boolean;
      /** How sure it is, 0 … 1: one minus the chance that other traffic looks like it. */
      readonly confidence: number;
    }
  | { readonly protocol: OtherProtocol; readonly clientSide: Side };

/** Null: more bytes are needed. `final`: none will come. */
export function detect(sides: readonly [HeldSide, HeldSide], final: boolean): Verdict | null {
  let undecided = false;
  for (const side of [0, 1] as const) {
    const { bytes, length, sawGap } = sides[side];
    if (length === 0) continue;
    const matched = sawGap ? 0 : prefaceMatch(bytes, length);
    if (matched === PREFACE.length) return { protocol: "http2", clientSide: side, preface: true, confidence: 1 };
    if (matched === length && matched >= 3) undecided = true;
    const other = nameOther(bytes, length);
    if (other !== null && !undecided) {
      const request = other === "http1" && HTTP1_RESPONSE.test(decodeLatin1(bytes, 0, Math.min(length, 16)));
      return { protocol: other, clientSide: request ? ((1 - side) as Side) : side };
    }
    if (length < 9) undecided = true;
  }
  if (!final) {
    if (undecided || sides[0].length === 0 || sides[1].length === 0) return null;
  }
  for (const side of [0, 1] as const) {
    if (startsWithSettings(sides[side]))
      return { protocol: "http2", clientSide: (1 - side) as Side, preface: false, confidence: 1 };
  }
  return final ? { protocol: "unknown", clientSide: 0 } : null;
}

function prefaceMatch(bytes: Uint8Array, length: number): number {
  let matched = 0;
  while (matched < PREFACE.length && matched < length && bytes[matched] === PREFACE[matched]) matched++;
  return matched;
}

/** A SETTINGS frame without ACK begins the side: 72 bits that other protocols do not happen to send. */
function startsWithSettings({ bytes, length, sawGap }: HeldSide): boolean {
  return (
    !sawGap &&
    length >= 9 &&
    readU24BE(bytes, 0) % 6 === 0 &&
    readU24BE(bytes, 0) <= 16_384 &&
    bytes[3] === SETTINGS &&
    bytes[4] === 0 &&
    readU32BE(bytes, 5) === 0
  );
}

const HTTP1_REQUEST = /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) [!-~]/;
const HTTP1_RESPONSE = /^HTTP\/1\.[01] /;

function nameOther(bytes: Uint8Array, length: number): OtherProtocol | null {
  // RFC 8446 §5.1: ContentType 20 … 24, legacy_record_version 0x0300 … 0x0304, a length of at most 2^14 + 2048 (TLS 1.2)
  const tls = length >= 5 && bytes[0] >= 20 && bytes[0] <= 24 && bytes[1] === 3 && bytes[2] <= 4;
  if (tls && readU16BE(bytes, 3) <= 18_432) return "tls";
  const head = decodeLatin1(bytes, 0, Math.min(length, 16));
  if (head.startsWith("SSH-")) return "ssh";
  if (HTTP1_REQUEST.test(head) || HTTP1_RESPONSE.test(head)) return "http1";
  return null;
}
