/** How much a header block fragment looks like one, and which side sends such blocks. */

import { IntegerReader } from "../hpack/integer.js";
import { parseNames } from "../hpack/names.js";
import { STATIC_LENGTH } from "../hpack/static-table.js";
import { type ByteCosts, IMPOSSIBLE } from "./byte-costs.js";
import { FLAG_PADDED, FLAG_PRIORITY } from "./frame-type.js";

const integer = new IntegerReader();

/** No encoder that is known keeps more entries: 64 KiB of the smallest. */
const MAX_INDEX = STATIC_LENGTH + 2048;

/** Static entries 1 to 14 are pseudo-header fields, the last ones :status. */
const LAST_PSEUDO = 14;

/** A static pseudo-header entry that is referred to where one may stand: one of fourteen, with or without a value. */
const PSEUDO_COST = 4;
/** A length, a character of a text: what they say as part of a block. */
const STRING_BITS = 1;
const MAX_TEXT_BITS = 8;
/** What a whole block is worth at most, so that none outweighs the frames around it. */
const MAX_BITS = 24;

/** What stands in `buf[start, end)`, a whole HEADERS payload: bits of evidence; negative infinity when it is no header block. */
export function blockEvidence(buf: Uint8Array, start: number, end: number, flags: number, costs: ByteCosts): number {
  let at = start;
  let last = end;
  if ((flags & FLAG_PADDED) !== 0) {
    if (at >= end) return IMPOSSIBLE;
    last -= buf[at++];
  }
  if ((flags & FLAG_PRIORITY) !== 0) at += 5;
  if (at >= last) return IMPOSSIBLE; // a block without a field is none
  let bits = 0;
  let regular = false;
  while (at < last) {
    const first = buf[at];
    const indexed = first >= 0x80;
    const update = first >= 0x20 && first < 0x40;
    const index = integer.read(buf, at, last, indexed ? 0x7f : first >= 0x40 ? 0x3f : update ? 0x1f : 0x0f);
    if (integer.short || integer.overflow) return IMPOSSIBLE;
    at = integer.next;
    if (update) continue;
    if (index > MAX_INDEX || (indexed && index === 0)) return IMPOSSIBLE;
    const pseudo = index > 0 && index <= LAST_PSEUDO;
    if (pseudo && regular) return IMPOSSIBLE; // RFC 9113 §8.3: pseudo-header fields come first
    if (pseudo) bits += Math.max(0, costs.bits[first] - PSEUDO_COST);
    else if (index > LAST_PSEUDO && index <= STATIC_LENGTH) regular = true;
    for (let strings = indexed ? 0 : index === 0 ? 2 : 1; strings > 0; strings--) {
      if (at >= last) return IMPOSSIBLE;
      const plain = buf[at] < 0x80;
      const length = integer.read(buf, at, last, 0x7f);
      if (integer.short || length > last - integer.next) return IMPOSSIBLE;
      at = integer.next + length;
      if (plain && strings === 2 && (length === 0 || !isToken(buf, integer.next, at))) return IMPOSSIBLE;
      // a "-bin" value may be any bytes
      if (!plain) bits += STRING_BITS;
      else if (isPrintable(buf, integer.next, at)) bits += Math.min(MAX_TEXT_BITS, length / 2);
    }
  }
  return at === last ? Math.min(MAX_BITS, bits) : IMPOSSIBLE;
}

/** Who sends a header block with such a name. */
const SENT_BY: ReadonlyMap<string | number, "client" | "server"> = new Map([
  ...[":method", ":scheme", ":path", ":authority", "te", "user-agent", "grpc-timeout", "accept"].map(
    (name) => [name, "client"] as const,
  ),
  ...[":status", "grpc-status", "grpc-message", "grpc-status-details-bin", "server", "set-cookie"].map(
    (name) => [name, "server"] as const,
  ),
]);

/** More fields need not be looked at. */
const MAX_FIELDS = 100;

/** Who sent the HEADERS payload `buf[start, end)`, as far as it says so by itself. */
export function blockSender(buf: Uint8Array, start: number, end: number, flags: number): "client" | "server" | null {
  const padded = (flags & FLAG_PADDED) !== 0;
  const from = start + (padded ? 1 : 0) + ((flags & FLAG_PRIORITY) !== 0 ? 5 : 0);
  const names = parseNames(buf, from, end - (padded ? buf[start] : 0), MAX_FIELDS) ?? [];
  for (const name of names) {
    const sender = SENT_BY.get(name);
    if (sender !== undefined) return sender;
  }
  return null;
}

function isPrintable(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if ((buf[i] < 0x20 && buf[i] !== 9) || buf[i] === 0x7f) return false;
  }
  return true;
}

/** RFC 9113 §8.2.1: no upper case, nothing at or below a space, nothing from 0x7f on. */
function isToken(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (buf[i] <= 0x20 || buf[i] >= 0x7f || (buf[i] >= 0x41 && buf[i] <= 0x5a)) return false;
  }
  return true;
}
