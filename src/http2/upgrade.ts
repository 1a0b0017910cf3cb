/**
 * `Upgrade: h2c` (RFC 7540 §3.2): the connection began as HTTP/1.1. Its request is stream 1; the client's SETTINGS came in the
 * field HTTP2-Settings; HTTP/2 begins behind the request on the client's side, and behind the 101 response on the server's.
 */

import { decodeBase64 } from "../bytes/base64.js";
import type { Side } from "../bytes/byte-stream-sink.js";
import { decodeLatin1 } from "../bytes/text.js";
import { type HeaderField, observedField } from "../hpack/header-field.js";
import type { ControlFrames } from "./control-frames.js";
import { parseSettings, type Setting } from "./settings.js";
import type { Shared } from "./shared.js";
import type { Stream } from "./stream.js";
import type { StreamTracker } from "./stream-tracker.js";

export interface UpgradedRequest {
  /** The request as HTTP/2 would have sent it. */
  readonly fields: readonly HeaderField[];
  readonly settings: readonly Setting[];
  /** Stream offsets: behind the request's head and behind its body, on the client's side. */
  readonly headEnd: number;
  readonly bodyEnd: number;
  /** Stream offset behind the 101 response, on the server's side. */
  readonly responseEnd: number;
}

export type UpgradeResult = UpgradedRequest | "no" | "more";

/** Of a response, its status included. */
export const STATUS_BYTES = 12;
const HEAD_END = /\r\n\r\n/;

/** Fields of the connection, which HTTP/2 does not have (RFC 9113 §8.2.2). */
const NOT_FORWARDED = new Set(["connection", "upgrade", "http2-settings", "host", "keep-alive", "proxy-connection"]);

/**
 * What the first bytes of both sides say: an accepted upgrade, none, or that more bytes are needed. A body of any length that
 * Content-Length tells is taken; one in chunks is not, as no client is known to send it.
 */
export function parseUpgrade(client: string, server: string): UpgradeResult {
  const request = HEAD_END.exec(client);
  if (request === null) return "more";
  const [requestLine, ...lines] = client.slice(0, request.index).split("\r\n");
  const fields = lines.map(parseField);
  const value = (name: string) => fields.find((field) => field.name === name)?.value ?? null;
  const tokens = (value("upgrade") ?? "").toLowerCase().split(",");
  const coded = value("http2-settings");
  if (!tokens.some((token) => token.trim() === "h2c") || coded === null || value("transfer-encoding") !== null)
    return "no";
  const payload = decodeBase64(coded);
  const [method, target] = requestLine.split(" ");
  const length = Number(value("content-length") ?? "0");
  if (payload === null || target === undefined || !Number.isSafeInteger(length) || length < 0) return "no";
  const status = /^HTTP\/1\.[01] (\d\d\d)/.exec(server);
  const response = HEAD_END.exec(server);
  if (status === null) return server.length < STATUS_BYTES ? "more" : "no";
  if (status[1] !== "101") return "no";
  if (response === null) return "more";
  const headEnd = request.index + 4;
  return {
    fields: [
      observedField(":method", method),
      observedField(":scheme", "http"),
      observedField(":path", target),
      observedField(":authority", value("host") ?? ""),
      ...fields.filter(({ name }) => !NOT_FORWARDED.has(name)),
    ],
    settings: parseSettings(payload, 0, payload.length),
    headEnd,
    bodyEnd: headEnd + length,
    responseEnd: response.index + 4,
  };
}

function parseField(line: string): HeaderField {
  const colon = line.indexOf(":");
  return observedField(line.slice(0, Math.max(0, colon)).toLowerCase(), line.slice(colon + 1).trim());
}

/** The text that `parseUpgrade` looks at. */
export function headText(bytes: Uint8Array, length: number): string {
  return decodeLatin1(bytes, 0, Math.min(length, MAX_HEAD_BYTES));
}

/** Servers commonly take heads of 8 to 16 KiB. */
const MAX_HEAD_BYTES = 16_384;

/** Looks for the end of one side's HTTP/1.1 head while its bytes come, at each of them once. */
export class HeadSearch {
  private searched = 0;
  private state: "more" | "found" | "none" = "more";

  /** "none": the head is longer than any that is looked at. */
  look(bytes: Uint8Array, length: number): "more" | "found" | "none" {
    if (this.state !== "more") return this.state;
    const end = Math.min(length, MAX_HEAD_BYTES);
    for (let at = Math.max(0, this.searched - 3); at + 4 <= end; at++) {
      // "\r\n\r\n"
      if (bytes[at] !== 13 || bytes[at + 1] !== 10 || bytes[at + 2] !== 13 || bytes[at + 3] !== 10) continue;
      this.state = "found";
      return this.state;
    }
    this.searched = end;
    if (length >= MAX_HEAD_BYTES) this.state = "none";
    return this.state;
  }
}

/** Reads the HTTP/1.1 bytes of such a connection, and tells its request as stream 1. */
export class UpgradeReader {
  private stream: Stream | null = null;
  private startNs = -1;

  constructor(
    private readonly upgrade: UpgradedRequest,
    private readonly shared: Shared,
    private readonly tracker: StreamTracker,
    control: ControlFrames,
  ) {
    // §3.2.1: "the 101 response serves as an implicit acknowledgment" of these settings
    shared.settings[0].send(upgrade.settings);
    control.apply(1, shared.settings[0].acknowledge() ?? []);
  }

  /** Whether byte `at` of a side is HTTP/1.1. */
  reads(side: Side, at: number): boolean {
    return at < (side === 0 ? this.upgrade.bodyEnd : this.upgrade.responseEnd);
  }

  /** Returns where in `buf` HTTP/2 begins, at most `end`. */
  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): number {
    const { headEnd, bodyEnd, responseEnd } = this.upgrade;
    const used = Math.min(end, start + (side === 0 ? bodyEnd : responseEnd) - at);
    if (side === 1) return used;
    if (this.startNs < 0) this.startNs = timeNs;
    const to = at + used - start;
    if (this.stream === null && to >= headEnd) this.tellRequest(timeNs);
    const bodyFrom = start + Math.max(0, headEnd - at);
    if (this.stream !== null && used > bodyFrom)
      this.shared.observer.data(this.stream, 0, buf, bodyFrom, used, at + bodyFrom - start, timeNs);
    if (this.stream !== null && to === bodyEnd) this.tracker.endStream(this.stream, 0, timeNs);
    return used;
  }

  private tellRequest(timeNs: number): void {
    const { fields, headEnd, bodyEnd } = this.upgrade;
    const { startNs } = this;
    this.stream = this.tracker.upgraded();
    this.stream.clientBlocks = 1;
    const block = { fields, at: 0, end: headEnd, startNs, endNs: timeNs, complete: true, doubtful: false, memo: null };
    this.shared.observer.headers(this.stream, 0, block, headEnd === bodyEnd);
  }
}
