/**
 * What a connection speaks, told by the first bytes of both its sides, wherever in the connection they are.
 *
 * HTTP/2 begins with the client's preface (RFC 9113 §3.4), or with `Upgrade: h2c` in HTTP/1.1 (RFC 7540 §3.2). Joined later it
 * is known by the chain of its frames (frame-chain.ts), and its client by the header blocks that only clients send.
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { readU24BE, readU32BE } from "../bytes/integers.js";
import { blockSender } from "./block-evidence.js";
import { type Chain, ChainFinder, netBits } from "./frame-chain.js";
import {
  FRAME_HEADER_LENGTH,
  HEADERS,
  ORIGIN,
  PREFACE,
  PRIORITY_UPDATE,
  PUSH_PROMISE,
  SETTINGS,
} from "./frame-type.js";
import type { HeldSide } from "./held-bytes.js";
import { nameProtocol, type OtherProtocol, startsWithSettings } from "./name-protocol.js";
import {
  HeadSearch,
  headText,
  parseUpgrade,
  STATUS_BYTES,
  type UpgradedRequest,
  type UpgradeResult,
} from "./upgrade.js";

export type { OtherProtocol } from "./name-protocol.js";

export type Verdict =
  | {
      readonly protocol: "http2";
      /** Which side, as the connection's bytes are told, is the HTTP/2 client. */
      readonly clientSide: Side;
      /** The connection's beginning was seen: the client's preface, behind an upgrade or not. If not, it was joined late. */
      readonly preface: boolean;
      /** The HTTP/1.1 request that the connection was upgraded by. */
      readonly upgrade: UpgradedRequest | null;
      /** How sure it is, 0 … 1: one minus the chance that other traffic looks like it. */
      readonly confidence: number;
    }
  | { readonly protocol: OtherProtocol; readonly clientSide: Side };

/**
 * Bits of evidence for HTTP/2 without a preface, both sides together. A request of HEADERS and DATA has about 40; the most in a
 * gigabyte of other traffic and of programs' bytes was 8.
 */
const NEEDED_BITS = 30;
/** When the bytes are over. */
const NEEDED_BITS_AT_END = 24;

/** Signatures of other protocols are shorter. */
const NAMING_BYTES = 32;

interface AskedUpgrade {
  readonly answered: "no status" | "more" | "found" | "none";
  readonly result: UpgradeResult;
}

/** Looks at the bytes of one connection as they come. */
export class Detector {
  /** Made when they are needed: most connections begin with a preface. */
  private readonly finders: [ChainFinder | null, ChainFinder | null] = [null, null];
  private readonly chains: [Chain | null, Chain | null] = [null, null];
  /** Bytes of each side that were there when its first ones were last looked at. */
  private readonly named: [number, number] = [0, 0];
  /** Where both sides' HTTP/1.1 heads end; null: neither looks like one. */
  private heads: readonly [HeadSearch, HeadSearch] | null = null;
  /** Of each side's upgrade: how much of the answer was there when it was asked for, and what was said then. */
  private readonly upgrades: [AskedUpgrade | null, AskedUpgrade | null] = [null, null];

  /** `clientKnown`: side 0 is the client for sure, as it opened the connection. */
  constructor(private readonly clientKnown: boolean) {}

  /** A hole: frames cannot be followed over it. */
  gap(side: Side): void {
    this.finders[side] = null;
  }

  /** Null: more bytes are needed. `final`: none will come, or no more are taken. */
  look(sides: readonly [HeldSide, HeldSide], final: boolean): Verdict | null {
    const begun = this.beginning(sides, final);
    if (begun !== "no") return begun;
    const other = this.other(sides);
    if (other !== null) return other;
    return this.middle(sides, final) ?? (final ? { protocol: "unknown", clientSide: 0 } : null);
  }

  /** The connection's beginning: preface or upgrade. Null: it may be one, more bytes will tell. */
  private beginning(sides: readonly [HeldSide, HeldSide], final: boolean): Verdict | null | "no" {
    for (const side of [0, 1] as const) {
      const { bytes, length, gapBefore } = sides[side];
      if (length === 0 || gapBefore) continue;
      const matched = prefaceMatch(bytes, length);
      if (matched === PREFACE.length) return http2(side, true, null, 1);
      if (matched === length && !final) return null;
      if (nameProtocol(bytes, length)?.name !== "http1") continue;
      if (!/^[A-Z]/.test(String.fromCharCode(bytes[0])) || bytes[0] === 0x48) continue;
      const upgrade = this.upgrade(side, sides);
      if (upgrade === "more" && !final) return null;
      if (typeof upgrade !== "string") return http2(side, true, upgrade, 1);
    }
    return "no";
  }

  /** What `parseUpgrade` says; the heads are read again only where there is more to read. */
  private upgrade(side: Side, sides: readonly [HeldSide, HeldSide]): UpgradeResult {
    const { bytes, length } = sides[side];
    const other = sides[1 - side];
    this.heads ??= [new HeadSearch(), new HeadSearch()];
    const request = this.heads[side].look(bytes, length);
    if (request !== "found") return request === "none" ? "no" : "more";
    const response = this.heads[1 - side].look(other.bytes, other.length);
    const answered = other.length < STATUS_BYTES ? "no status" : response;
    const before = this.upgrades[side];
    if (before?.answered === answered) return before.result;
    const said = parseUpgrade(headText(bytes, length), headText(other.bytes, other.length));
    const result = said === "more" && answered === "none" ? "no" : said;
    this.upgrades[side] = { answered, result };
    return result;
  }

  private other(sides: readonly [HeldSide, HeldSide]): Verdict | null {
    for (const side of [0, 1] as const) {
      const { bytes, length } = sides[side];
      if (length === 0 || this.named[side] >= NAMING_BYTES) continue;
      this.named[side] = length;
      const named = nameProtocol(bytes, length);
      if (named === null) continue;
      return { protocol: named.name, clientSide: named.fromClient === false ? ((1 - side) as Side) : side };
    }
    return null;
  }

  private middle(sides: readonly [HeldSide, HeldSide], final: boolean): Verdict | null {
    let bits = 0;
    let varied = false;
    for (const side of [0, 1] as const) {
      const { bytes, length, restart, gapBefore } = sides[side];
      // a server may send its SETTINGS first: the client's preface is still to come
      if (!final && !gapBefore && startsWithSettings(bytes, length) && sides[1 - side].length === 0) return null;
      const finder = (this.finders[side] ??= new ChainFinder());
      const chain = finder.best(bytes.subarray(restart), length - restart);
      this.chains[side] = chain;
      if (chain === null || netBits(chain) <= 0) continue;
      bits += netBits(chain);
      varied ||= chain.isVaried;
    }
    if (!varied || bits < (final ? NEEDED_BITS_AT_END : NEEDED_BITS)) return null;
    const clientSide = this.clientKnown ? 0 : this.clientOf(sides);
    if (clientSide === null && !final) return null;
    return http2(clientSide ?? 0, false, null, 1 - 2 ** -bits);
  }

  private clientOf(sides: readonly [HeldSide, HeldSide]): Side | null {
    for (const side of [0, 1] as const) {
      const chain = this.chains[side];
      const { bytes, length, restart, gapBefore } = sides[side];
      if (chain === null) continue;
      const sender = chainSender(bytes, restart + chain.start, length);
      if (sender !== null) return sender === "client" ? side : ((1 - side) as Side);
      if (!gapBefore && chain.start === 0 && startsWithSettings(bytes, length)) return (1 - side) as Side;
    }
    return null;
  }
}

function http2(clientSide: Side, preface: boolean, upgrade: UpgradedRequest | null, confidence: number): Verdict {
  return { protocol: "http2", clientSide, preface, upgrade, confidence };
}

function prefaceMatch(bytes: Uint8Array, length: number): number {
  let matched = 0;
  while (matched < PREFACE.length && matched < length && bytes[matched] === PREFACE[matched]) matched++;
  return matched;
}

/** Who sends the frames of a chain, by the first one that only one of both sends. */
function chainSender(bytes: Uint8Array, start: number, length: number): "client" | "server" | null {
  for (let at = start; at + FRAME_HEADER_LENGTH <= length; at += FRAME_HEADER_LENGTH + readU24BE(bytes, at)) {
    const type = bytes[at + 3];
    if (type === PUSH_PROMISE || type === ORIGIN) return "server";
    if (type === PRIORITY_UPDATE) return "client";
    if (type === SETTINGS && settingsOfClient(bytes, at, length)) return "client";
    if (type !== HEADERS || readU32BE(bytes, at + 5) % 2 === 0) continue;
    const payload = at + FRAME_HEADER_LENGTH;
    const sender = blockSender(bytes, payload, Math.min(length, payload + readU24BE(bytes, at)), bytes[at + 4]);
    if (sender !== null) return sender;
  }
  return null;
}

/** SETTINGS_ENABLE_PUSH: servers do not send it (RFC 9113 §6.5.2). */
function settingsOfClient(bytes: Uint8Array, at: number, length: number): boolean {
  const end = Math.min(length, at + FRAME_HEADER_LENGTH + readU24BE(bytes, at));
  for (let i = at + FRAME_HEADER_LENGTH; i + 6 <= end; i += 6) {
    if (bytes[i] === 0 && bytes[i + 1] === 2) return true;
  }
  return false;
}
