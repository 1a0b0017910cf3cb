/**
 * Chunks cut anywhere → contiguous bytes for a parser. What lies wholly in a chunk is parsed there, without a copy; only the
 * bytes of one unfinished record are carried over to the next chunk. The carry grows with the bytes that come, never with
 * the bytes that a length field claims.
 */
import { plainBytes } from "../bytes/plain-bytes.js";

export interface RecordParser {
  /**
   * Bytes that must stand behind the place where `parse` stopped before it is worth calling again. The parser keeps this at
   * or below its own bound: it is how much the carry may come to hold.
   */
  readonly wanted: number;

  /**
   * Reads as many records of `buf[start, end)` as there are and returns where it stopped: a place with fewer than `wanted`
   * bytes behind it, or one past `end` to have the bytes up to there skipped. `fileOffset` is that of `buf[start]`.
   * With `final`, nothing follows `end`: the parser reports what is cut off.
   */
  parse(buf: Uint8Array, start: number, end: number, fileOffset: number, final: boolean): number;

  /** The input ended `missing` bytes before the end of what `parse` had asked to skip; `fileOffset` is the end of the input. */
  cutInSkip(missing: number, fileOffset: number): void;
}

const SMALLEST_CARRY = 4096;
const NOTHING = new Uint8Array(0);

export class JoinedInput {
  /** What is held is `carry[heldFrom, heldTo)`: it moves to the front only when it is as short as the room before it. */
  private carry = NOTHING;
  private heldFrom = 0;
  private heldTo = 0;
  private skip = 0;
  /** Of the next byte that the parser has not taken. */
  private fileOffset = 0;

  constructor(private readonly parser: RecordParser) {}

  push(bytes: Uint8Array): void {
    const chunk = plainBytes(bytes);
    const end = chunk.length;
    let at = 0;
    while (at < end) {
      if (this.skip > 0) {
        const skipped = Math.min(this.skip, end - at);
        this.skip -= skipped;
        this.fileOffset += skipped;
        at += skipped;
      } else if (this.heldFrom === this.heldTo) {
        at = this.parseFrom(chunk, at, end, false);
        if (at < end) this.hold(chunk, at, end);
        return;
      } else {
        const missing = this.parser.wanted - (this.heldTo - this.heldFrom);
        const taken = Math.min(missing, end - at);
        this.hold(chunk, at, at + taken);
        at += taken;
        if (taken === missing) this.parseHeld(false);
      }
    }
  }

  end(): void {
    if (this.skip === 0) this.parseHeld(true);
    if (this.skip > 0) this.parser.cutInSkip(this.skip, this.fileOffset);
    this.carry = NOTHING;
    this.heldFrom = this.heldTo = this.skip = 0;
  }

  private parseHeld(final: boolean): void {
    this.heldFrom = this.parseFrom(this.carry, this.heldFrom, this.heldTo, final);
  }

  /** Returns where the parser stopped, at most `end`: the rest of a skip is kept for later chunks. */
  private parseFrom(buf: Uint8Array, start: number, end: number, final: boolean): number {
    const stop = this.parser.parse(buf, start, end, this.fileOffset, final);
    const reached = Math.min(stop, end);
    this.skip = stop - reached;
    this.fileOffset += reached - start;
    return reached;
  }

  private hold(chunk: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.heldTo + length > this.carry.length) this.makeRoom(length);
    this.carry.set(chunk.subarray(start, end), this.heldTo);
    this.heldTo += length;
  }

  private makeRoom(length: number): void {
    const { heldFrom, heldTo } = this;
    const held = heldTo - heldFrom;
    if (held <= heldFrom && held + length <= this.carry.length) this.carry.copyWithin(0, heldFrom, heldTo);
    else {
      const bigger = new Uint8Array(Math.max(held + length, 2 * this.carry.length, SMALLEST_CARRY));
      bigger.set(this.carry.subarray(heldFrom, heldTo));
      this.carry = bigger;
    }
    this.heldFrom = 0;
    this.heldTo = held;
  }
}
