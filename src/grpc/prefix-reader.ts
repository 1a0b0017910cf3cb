/** The DATA of one half of a gRPC stream → the prefixes of its messages, without their bodies (message-splitter.ts draws them). */
import { PREFIX_LENGTH } from "./boundary.js";

export interface MessagePrefix {
  readonly compressed: boolean;
  readonly length: number;
}

/** Prefixes of one DATA frame that are kept; a frame of tiny messages may hold thousands. */
const MAX_PREFIXES = 100;

export class PrefixReader {
  private prefixes: MessagePrefix[] = [];
  private have = 0;
  private flag = 0;
  private length = 0;
  private bodyLeft = 0;
  /** Bytes were lost, and where the next message begins is not known. */
  private lost = false;

  push(buf: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end && !this.lost; ) {
      if (this.bodyLeft > 0) {
        const taken = Math.min(this.bodyLeft, end - i);
        this.bodyLeft -= taken;
        i += taken;
        continue;
      }
      if (this.have++ === 0) this.flag = buf[i];
      else this.length = this.length * 256 + buf[i];
      i++;
      if (this.have === PREFIX_LENGTH) this.finish();
    }
  }

  /** `length` bytes were not seen. */
  skip(length: number): void {
    if (length <= this.bodyLeft) this.bodyLeft -= length;
    else this.lost = true;
  }

  /** The prefixes since the last time. */
  take(): MessagePrefix[] {
    const { prefixes } = this;
    if (prefixes.length > 0) this.prefixes = [];
    return prefixes;
  }

  private finish(): void {
    if (this.prefixes.length < MAX_PREFIXES) this.prefixes.push({ compressed: this.flag !== 0, length: this.length });
    this.bodyLeft = this.length;
    this.have = 0;
    this.length = 0;
  }
}
