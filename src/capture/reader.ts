/** Bytes of a capture file, cut anywhere → packets: finds out by its first bytes which format it is, and reads that. */
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";
import { describeForeign, MAX_HEAD_BYTES, recogniseCapture } from "./format.js";
import { JoinedInput, type RecordParser } from "./joined-input.js";
import type { CaptureReader, CaptureSink } from "./packet-view.js";
import { PcapParser } from "./pcap.js";
import { PcapngParser } from "./pcapng.js";

/**
 * A reader of pcap (micro- and nanoseconds, modified, both byte orders) and pcapng. Packets reach `sink` as they become
 * whole; the PacketView is one object, used again for each. An input that is no capture is reported as
 * CAPTURE_FORMAT_UNKNOWN or CAPTURE_EMPTY, and all of it is passed over.
 */
export function createCaptureReader(sink: CaptureSink, report: Report, limits: Limits): CaptureReader {
  return new JoinedInput(new RecognisingParser(sink, report, limits));
}

class RecognisingParser implements RecordParser {
  wanted = 4;
  private format: RecordParser | null = null;
  private refused = false;

  constructor(
    private readonly sink: CaptureSink,
    private readonly report: Report,
    private readonly limits: Limits,
  ) {}

  parse(buf: Uint8Array, start: number, end: number, fileOffset: number, final: boolean): number {
    if (this.format === null) {
      this.recognise(buf, start, end, final);
      if (this.refused) return end;
      if (this.format === null) return start;
    }
    const format: RecordParser = this.format;
    const stop = format.parse(buf, start, end, fileOffset, final);
    this.wanted = format.wanted;
    return stop;
  }

  cutInSkip(missing: number, fileOffset: number): void {
    this.format?.cutInSkip(missing, fileOffset);
  }

  private recognise(buf: Uint8Array, start: number, end: number, final: boolean): void {
    if (this.refused) return;
    const { sink, report, limits } = this;
    const format = recogniseCapture(buf, start, end);
    if (format === "pcap") this.format = new PcapParser(sink, report, limits);
    else if (format === "pcapng") this.format = new PcapngParser(sink, report, limits);
    else if (end - start < MAX_HEAD_BYTES && !final) this.wanted = end - start < 4 ? 4 : MAX_HEAD_BYTES;
    else this.refuse(buf, start, end);
  }

  private refuse(buf: Uint8Array, start: number, end: number): void {
    this.refused = true;
    this.wanted = 1;
    if (start === end) this.report("CAPTURE_EMPTY", {}, { fileOffset: 0 });
    else this.report("CAPTURE_FORMAT_UNKNOWN", { what: describeForeign(buf, start, end) }, { fileOffset: 0 });
  }
}
