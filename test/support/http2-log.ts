/** Writes down what an Http2Connection tells, one line an event, so that runs can be compared. */
import type { CloseReason, Side } from "../../src/bytes/byte-stream-sink.js";
import { formatHex } from "../../src/bytes/hex.js";
import { formatDiagnostic, type Place, type Report, type Values } from "../../src/diagnostics/diagnostic.js";
import type { HeaderBlock, Http2Observer, Http2Stream } from "../../src/http2/observer.js";

import { formatField } from "./hpack-log.js";

const SIDES = ["client", "server"] as const;

export class Http2Log implements Http2Observer {
  readonly lines: string[] = [];
  /** Of DATA that comes in pieces: joined into one line, as where the pieces are cut does not matter. */
  private open: { head: string; hex: string; end: number } | null = null;

  readonly report: Report = (code, values: Values = {}, place: Place = {}) => {
    const where = place.at === undefined ? "" : ` @${place.at}`;
    const who = place.side === undefined ? "" : `${SIDES[place.side]} `;
    this.write(`${who}${code}${where}: ${formatDiagnostic(code, values)}`);
  };

  write(line: string): void {
    this.flush();
    this.lines.push(line);
  }

  flush(): void {
    if (this.open !== null) this.lines.push(`${this.open.head} ${this.open.hex}`);
    this.open = null;
  }

  headers(stream: Http2Stream, side: Side, block: HeaderBlock, endStream: boolean): void {
    const flags = `${endStream ? " END_STREAM" : ""}${block.complete ? "" : " incomplete"}`;
    this.write(`${SIDES[side]} headers stream=${stream.id} @${block.at}-${block.end}${flags}`);
    for (const field of block.fields) this.write(`  ${formatField(field)}`);
  }

  data(stream: Http2Stream, side: Side, buf: Uint8Array, start: number, end: number, at: number): void {
    const hex = formatHex(buf, "", start, end);
    const head = `${SIDES[side]} data stream=${stream.id}`;
    if (this.open !== null && this.open.end === at && this.open.head.startsWith(head)) {
      this.open.hex += hex;
      this.open.end = at + end - start;
      return;
    }
    this.flush();
    this.open = { head: `${head} @${at}`, hex, end: at + end - start };
  }

  endStream(stream: Http2Stream, side: Side): void {
    this.write(`${SIDES[side]} end stream=${stream.id}`);
  }

  reset(stream: Http2Stream, side: Side, errorCode: number, refused: boolean): void {
    this.write(`${SIDES[side]} reset stream=${stream.id} code=${errorCode}${refused ? " refused" : ""}`);
  }

  lost(stream: Http2Stream | null, side: Side, length: number): void {
    this.write(`${SIDES[side]} lost ${length} bytes${stream === null ? "" : ` of stream=${stream.id}`}`);
  }

  abandoned(stream: Http2Stream): void {
    this.write(`abandoned stream=${stream.id}`);
  }

  close(side: Side, reason: CloseReason): void {
    this.write(`${SIDES[side]} close ${reason}`);
  }
}
