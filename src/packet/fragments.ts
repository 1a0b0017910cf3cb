/**
 * IP fragments, in any order, → whole datagrams (RFC 791 §3.2, RFC 8200 §4.5). Where fragments overlap the first one seen
 * counts. Memory is bounded by `maxFragmentBytes`: past it the oldest unfinished datagram is dropped.
 */
import { decodeLatin1 } from "../bytes/text.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";
import { formatAddress } from "./address.js";

export interface Fragment {
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly identification: number;
  /** Source and, behind it, destination address in the fragment's buffer. */
  readonly addressAt: number;
  /** Of its payload in the datagram's. */
  readonly offset: number;
  readonly more: boolean;
  readonly timeNs: number;
  readonly packet: number;
}

/** Source address, destination address, then the payload. Owned by the caller. */
export interface Datagram {
  readonly bytes: Uint8Array;
  /** Of the payload: for IPv6 the next header that the first fragment names. */
  readonly protocol: number;
}

/** Fragments wait this long for the others: 30 s, as Linux does (ipfrag_time); RFC 8200 says 60 s, RFC 791 15 s. */
const TIMEOUT_NS = 30e9;
/** A fragment of a datagram that was complete less than this ago is the same packet captured twice. */
const DUPLICATE_NS = 1e9;
/** What a fragment costs beside its bytes: the objects that hold it, so that empty ones are bounded too. */
const PIECE_BYTES = 256;

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface OpenDatagram {
  /** All that tells it apart; see `keyOf`. */
  readonly key: string;
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly addresses: Uint8Array;
  readonly firstNs: number;
  /** In order, without overlap. */
  pieces: Piece[];
  payloadBytes: number;
  /** Next header as the fragment with offset 0 names it. */
  firstProtocol: number;
  /** Payload length of the whole, known from the fragment with nothing behind it; -1 before. */
  total: number;
  completeNs: number;
  overlapTold: boolean;
}

export class FragmentTable {
  /** Oldest first, as a Map keeps its order. Its hash of strings is another one in each process. */
  private readonly open = new Map<string, OpenDatagram>();
  /** Those that became whole of late, without their bytes. */
  private readonly complete = new Map<string, OpenDatagram>();
  private held = 0;

  constructor(
    private readonly report: Report,
    private readonly limits: Limits,
  ) {}

  /** Takes a copy of the payload `buf[start, end)`. Returns the datagram when this fragment makes it whole. */
  add(fragment: Fragment, buf: Uint8Array, start: number, end: number): Datagram | null {
    this.expire(fragment.timeNs, fragment.packet);
    const datagram = this.find(fragment, buf);
    if (datagram === null) return null;
    if (!fragment.more) datagram.total = fragment.offset + (end - start);
    if (fragment.offset === 0) datagram.firstProtocol = fragment.protocol;
    this.insert(datagram, fragment, buf, start, end);
    if (isWhole(datagram)) return this.join(datagram, fragment.timeNs);
    while (this.held > this.limits.maxFragmentBytes) this.dropOldest(fragment.packet);
    return null;
  }

  /** The datagram of a fragment, a new one if need be; null for one that was complete a moment ago. */
  private find(fragment: Fragment, buf: Uint8Array): OpenDatagram | null {
    const { family, protocol, addressAt, timeNs } = fragment;
    const key = keyOf(fragment, buf);
    if (this.complete.has(key)) return null;
    const known = this.open.get(key);
    if (known !== undefined) return known;
    const datagram: OpenDatagram = {
      key,
      family,
      protocol,
      addresses: buf.slice(addressAt, addressAt + addressBytesOf(family)),
      firstNs: timeNs,
      pieces: [],
      payloadBytes: 0,
      firstProtocol: protocol,
      total: -1,
      completeNs: -1,
      overlapTold: false,
    };
    this.open.set(key, datagram);
    this.held += PIECE_BYTES;
    return datagram;
  }

  /** Keeps those parts of the fragment that no earlier one covers. */
  private insert(datagram: OpenDatagram, fragment: Fragment, buf: Uint8Array, start: number, end: number): void {
    const { pieces } = datagram;
    const toBuf = start - fragment.offset;
    const last = fragment.offset + (end - start);
    let at = fragment.offset;
    let i = 0;
    while (at < last) {
      while (i < pieces.length && pieces[i].at + pieces[i].bytes.length <= at) i++;
      const next = i < pieces.length ? pieces[i] : null;
      if (next !== null && next.at <= at) {
        const overlapEnd = Math.min(last, next.at + next.bytes.length);
        this.compare(datagram, fragment, next, at, buf, toBuf, overlapEnd);
        at = overlapEnd;
        continue;
      }
      const pieceEnd = next === null ? last : Math.min(last, next.at);
      pieces.splice(i, 0, { at, bytes: buf.slice(toBuf + at, toBuf + pieceEnd) });
      datagram.payloadBytes += pieceEnd - at;
      this.held += pieceEnd - at + PIECE_BYTES;
      at = pieceEnd;
    }
  }

  private compare(
    datagram: OpenDatagram,
    fragment: Fragment,
    piece: Piece,
    from: number,
    buf: Uint8Array,
    toBuf: number,
    to: number,
  ): void {
    if (datagram.overlapTold) return;
    for (let at = from; at < to; at++) {
      if (piece.bytes[at - piece.at] === buf[toBuf + at]) continue;
      datagram.overlapTold = true;
      this.report("PACKET_FRAGMENT_OVERLAP", ends(datagram), { packet: fragment.packet });
      return;
    }
  }

  private join(datagram: OpenDatagram, timeNs: number): Datagram {
    const { addresses, pieces, total } = datagram;
    const bytes = new Uint8Array(addresses.length + total);
    bytes.set(addresses);
    for (const piece of pieces) {
      if (piece.at >= total) break;
      bytes.set(piece.bytes.subarray(0, total - piece.at), addresses.length + piece.at);
    }
    this.remove(datagram);
    datagram.pieces = [];
    datagram.completeNs = timeNs;
    this.complete.delete(datagram.key);
    this.complete.set(datagram.key, datagram);
    return { bytes, protocol: datagram.family === 6 ? datagram.firstProtocol : datagram.protocol };
  }

  private expire(timeNs: number, packet: number): void {
    const maxComplete = this.limits.maxFragmentBytes / PIECE_BYTES;
    for (const datagram of this.complete.values()) {
      if (timeNs - datagram.completeNs <= DUPLICATE_NS && this.complete.size <= maxComplete) break;
      this.complete.delete(datagram.key);
    }
    for (const datagram of this.open.values()) {
      if (timeNs - datagram.firstNs <= TIMEOUT_NS) return;
      this.drop(datagram, packet);
    }
  }

  private dropOldest(packet: number): void {
    for (const datagram of this.open.values()) {
      this.drop(datagram, packet);
      return;
    }
  }

  private drop(datagram: OpenDatagram, packet: number): void {
    this.remove(datagram);
    this.report("PACKET_FRAGMENTS_INCOMPLETE", { ...ends(datagram), held: datagram.payloadBytes }, { packet });
  }

  private remove(datagram: OpenDatagram): void {
    this.open.delete(datagram.key);
    this.held -= datagram.payloadBytes + (datagram.pieces.length + 1) * PIECE_BYTES;
  }
}

/** Source, destination and identification, in IPv4 the protocol too (RFC 791 §3.2, RFC 8200 §4.5). */
function keyOf({ family, identification, protocol, addressAt }: Fragment, buf: Uint8Array): string {
  const addresses = decodeLatin1(buf, addressAt, addressAt + addressBytesOf(family));
  return `${addresses}${identification} ${family === 4 ? protocol : "v6"}`;
}

/** Of both addresses. */
function addressBytesOf(family: 4 | 6): number {
  return family === 4 ? 8 : 32;
}

function isWhole(datagram: OpenDatagram): boolean {
  if (datagram.total < 0 || datagram.payloadBytes < datagram.total) return false;
  let at = 0;
  for (const piece of datagram.pieces) {
    if (piece.at > at) break;
    at = piece.at + piece.bytes.length;
  }
  return at >= datagram.total;
}

function ends(datagram: OpenDatagram): { source: string; destination: string } {
  const { addresses, family } = datagram;
  return {
    source: formatAddress(addresses, 0, family),
    destination: formatAddress(addresses, addresses.length / 2, family),
  };
}
