/**
 * The body of a gRPC-Web text call → the bytes that it stands for (gRPC PROTOCOL-WEB: "base64-encoded … multiple base64-encoded
 * segments, each padded"): a padded group ends a piece, and the next begins behind it. The last one may lack its pads. Cut anywhere.
 *
 * The bytes get offsets of their own, and a map from those to the packets that carried their characters.
 */
import { base64Value } from "../../bytes/base64.js";
import { OffsetMap } from "../../bytes/offset-map.js";
import type { BodyReader } from "../body-reader.js";

const PAD = 0x3d;
const GROUP = 4;

export class Base64Body implements BodyReader {
  private readonly reader: BodyReader;
  /** Where the decoded bytes came from. */
  private readonly provenance: OffsetMap | null;
  /** What is decoded of the piece at hand. */
  private decoded = new Uint8Array(0);
  private at = 0;
  /** The group at hand: its bits, its characters so far, pads among them. */
  private bits = 0;
  private have = 0;
  private pads = 0;
  /** Characters of a group that lost its beginning: they are passed over. */
  private skip = 0;
  private broken = false;
  /** Where the last piece ended, and when it came. */
  private sourceEnd = 0;
  private timeNs = 0;

  /** `onJunk`: a character that is no base64 came; what follows is not read. */
  constructor(
    private readonly source: OffsetMap | null,
    reader: (provenance: OffsetMap | null) => BodyReader,
    private readonly onJunk: () => void,
  ) {
    this.provenance = source === null ? null : new OffsetMap();
    this.reader = reader(this.provenance);
  }

  push(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    if (this.broken) return;
    this.sourceEnd = at + end - start;
    this.timeNs = timeNs;
    this.pass(this.decode(buf, start, end), at);
    if (!this.broken) return;
    this.onJunk();
    this.reader.end();
  }

  lost(length: number): void {
    if (this.broken) return;
    // All pieces are of whole groups, so the place in the group is known; how many pads were among them is not.
    const offset = (this.skip > 0 ? GROUP - this.skip : this.have) + length;
    const bytes = Math.floor(offset / GROUP) * 3;
    this.have = this.bits = this.pads = 0;
    this.skip = offset % GROUP === 0 ? 0 : GROUP - (offset % GROUP);
    this.reader.lost(bytes + (this.skip > 0 ? 3 : 0));
  }

  end(): void {
    if (!this.broken && this.skip === 0) this.pass(this.decodeRest(), this.sourceEnd - 1);
    this.reader.end();
  }

  /** Hands on the bytes in `decoded`, which the characters from `at` to the last one stand for. */
  private pass(length: number, at: number): void {
    if (length === 0) return;
    const characters = this.sourceEnd - at;
    this.source?.pieces(at, this.sourceEnd, (pieceAt, pieceLength, packet) => {
      const from = Math.floor(((pieceAt - at) * length) / characters);
      this.provenance!.append(this.at + from, Math.ceil((pieceLength * length) / characters), packet, 0);
    });
    this.reader.push(this.decoded, 0, length, this.at, this.timeNs);
    this.at += length;
  }

  /** The last group, where its pads were left out or not seen. */
  private decodeRest(): number {
    const { decoded } = this;
    const bits = this.bits << (6 * (GROUP - this.have));
    const length = Math.max(0, this.have - this.pads - 1);
    if (length > 0) decoded[0] = bits >> 16;
    if (length > 1) decoded[1] = bits >> 8;
    this.have = this.bits = this.pads = 0;
    return length;
  }

  /** Returns the number of bytes that are in `decoded` now. */
  private decode(buf: Uint8Array, start: number, end: number): number {
    const most = Math.ceil((this.have + end - start) / GROUP) * 3;
    if (this.decoded.length < most) this.decoded = new Uint8Array(most);
    const { decoded } = this;
    let length = 0;
    for (let i = start; i < end; i++) {
      const byte = buf[i];
      if (byte === 0x0d || byte === 0x0a || byte === 0x20 || byte === 0x09) continue;
      if (this.skip > 0) {
        this.skip--;
        continue;
      }
      const value = byte === PAD ? 0 : base64Value(byte);
      // Pads stand at the end of a group, two at most.
      if (value < 0 || (byte === PAD ? this.have < 2 : this.pads > 0)) {
        this.broken = true;
        return length;
      }
      if (byte === PAD) this.pads++;
      this.bits = (this.bits << 6) | value;
      if (++this.have < GROUP) continue;
      decoded[length++] = this.bits >> 16;
      if (this.pads < 2) decoded[length++] = this.bits >> 8;
      if (this.pads < 1) decoded[length++] = this.bits;
      this.have = this.bits = this.pads = 0;
    }
    return length;
  }
}
