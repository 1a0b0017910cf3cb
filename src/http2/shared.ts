/** What the parts of an Http2Connection have in common. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { Report, Values } from "../diagnostics/diagnostic.js";
import type { DiagnosticCode } from "../diagnostics/table.js";
import { HpackDecoder } from "../hpack/decoder.js";
import type { RepresentationView } from "../hpack/representation.js";
import type { Limits } from "../limits.js";
import { FlowControl } from "./flow-control.js";
import { emptyFrameView, type FrameObserver, type FrameView } from "./frame-observer.js";
import type { FrameReader } from "./frame-reader.js";
import { FRAME_HEADER_LENGTH, formatFrameType } from "./frame-type.js";
import { BlockBuffer } from "./header-block.js";
import { nameFault } from "./header-rules.js";
import type { Http2Observer } from "./observer.js";
import { SideSettings } from "./settings.js";
import { Streams } from "./stream.js";

export class Shared {
  readonly streams = new Streams();
  readonly settings = [new SideSettings(), new SideSettings()] as const;
  readonly flow: FlowControl;
  readonly hpack: readonly [HpackDecoder, HpackDecoder];
  readonly blocks: readonly [BlockBuffer, BlockBuffer];
  /** Whether each side's first SETTINGS was seen. */
  readonly sawSettings: [boolean, boolean] = [false, false];
  /** What the current frame says; filled only when somebody looks. */
  readonly view: FrameView | null;
  /** The capture may lack frames: it begins late, or bytes were lost. What was not seen is then no fault of the peers. */
  doubtful: boolean;

  constructor(
    readonly observer: Http2Observer,
    readonly report: Report,
    readonly limits: Limits,
    joinedLate: boolean,
    readonly frames: FrameObserver | null,
  ) {
    this.doubtful = joinedLate;
    this.flow = new FlowControl(!joinedLate);
    this.view = frames === null ? null : emptyFrameView();
    this.hpack = [this.hpackDecoder(0, joinedLate), this.hpackDecoder(1, joinedLate)];
    const { maxHeaderBlockBytes } = limits;
    this.blocks = [
      new BlockBuffer(this.hpack[0], maxHeaderBlockBytes),
      new BlockBuffer(this.hpack[1], maxHeaderBlockBytes),
    ];
  }

  /** Reports something about a frame; its type and stream are given with it. */
  fault(code: DiagnosticCode, frame: FrameReader, values?: Values): void {
    const { side, at, length, streamId } = frame;
    this.report(
      code,
      { type: formatFrameType(frame.type), stream: streamId, ...values },
      { side, at, length: FRAME_HEADER_LENGTH + length, stream: streamId === 0 ? undefined : streamId },
    );
  }

  private hpackDecoder(side: Side, joinedLate: boolean): HpackDecoder {
    const report: Report = (code, values, place) => {
      const block = this.blocks[side];
      const at = block.streamOffset(place?.at ?? 0);
      this.report(code, values, { side, at, length: place?.length ?? 1, stream: block.streamId });
    };
    const newName = (name: string, at: number): void => {
      const rule = nameFault(name);
      if (rule !== "") report("HTTP2_FIELD_NAME", { name, rule }, { at, length: name.length });
    };
    const { frames } = this;
    const trace =
      frames?.representation === undefined
        ? null
        : {
            representation: (view: RepresentationView) =>
              frames.representation!(side, view, (offset) => this.blocks[side].streamOffset(offset)),
          };
    return new HpackDecoder(report, this.limits, { joinedLate, newName, trace });
  }
}
