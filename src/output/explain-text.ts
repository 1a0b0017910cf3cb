/**
 * `cal-inspect explain`, for people: packet, offset in it, bytes, and what they mean.
 *
 *      9   79  82                       :method: "POST"  (static table 3)
 *
 * Long bytes go on below, each line with its own offset. Lines are as wide as the terminal.
 */
import { formatHex } from "../bytes/hex.js";
import type { Call } from "../call/call.js";
import { formatPacket } from "../call/packet-names.js";
import { outcomeName } from "../engine/summary.js";
import type { Segment } from "../explain/byte-log.js";
import type { Inner, Item, Part, Span } from "../explain/span.js";
import { escapeText } from "./escape.js";
import { sideName } from "./explain-json.js";
import type { Paint, PaintStyle } from "./paint.js";
import { visibleLength } from "./text-value.js";

export interface ExplainTextOptions {
  readonly width: number;
  readonly paint: Paint;
  /** The TCP segments too. */
  readonly verbose: boolean;
}

/** From this width on a line has room for 16 bytes. */
const WIDE = 120;
/** Lines of bytes of one span; the rest is counted. */
const MAX_ROWS = 4;
/** A longer value is cut; --json has all of it. */
const MAX_TEXT = 300;

const STYLES: Readonly<Record<Part["layer"], PaintStyle | null>> = {
  http1: "cyan",
  http2: null,
  hpack: "cyan",
  grpc: "yellow",
  protobuf: "green",
  json: "green",
  data: "dim",
  lost: "red",
};

/** The lines, without their ends. */
export function* explainText(call: Call, items: Iterable<Item>, options: ExplainTextOptions): Generator<string> {
  yield* headLines(call, options);
  const page = new Page(call, options);
  let joined: Span | Inner | null = null;
  for (const item of items) {
    if (joined !== null && follows(joined, item)) {
      yield* page.item(item, joined);
      joined = null;
      continue;
    }
    if (joined !== null) yield* page.item(joined, null);
    joined = item.part.joins ? item : null;
    if (joined === null) yield* page.item(item, null);
  }
  if (joined !== null) yield* page.item(joined, null);
}

function headLines(call: Call, { paint, width }: ExplainTextOptions): string[] {
  const { client, server, id } = call.connection;
  const parts = [
    paint("bold", `call ${call.id}  ${call.path === null ? "(path not known)" : escapeText(call.path)}`),
    `${client} → ${server}`,
    `${outcomeName(call)},`,
    `connection ${id}, stream ${call.stream}`,
  ];
  return wrapWords(parts, width, "  ");
}

/** Whether both stand in one line: neither is cut, and one ends where the other begins. */
function follows(first: Span | Inner, next: Item): boolean {
  if (next.part.heading !== undefined) return false;
  if (first.kind === "inner" || next.kind === "inner") return first.kind === next.kind;
  const isWhole = first.pieces === 1 && next.pieces === 1;
  return isWhole && first.segment === next.segment && first.bytes !== null && next.bytes !== null;
}

class Page {
  private readonly perRow: number;
  private packetWidth = 3;
  private offsetWidth = 4;
  private segment: Segment | null = null;

  constructor(
    private readonly call: Call,
    private readonly options: ExplainTextOptions,
  ) {
    this.perRow = options.width >= WIDE ? 16 : 8;
  }

  /** `joined`: what stands before it in the same line. */
  *item(item: Item, joined: Item | null): Generator<string> {
    const { paint, verbose, width } = this.options;
    const { heading } = joined?.part ?? item.part;
    if (heading !== undefined && (item.kind === "inner" || item.piece === 1)) {
      const isFrame = (joined?.part ?? item.part).isBlock === true;
      if (isFrame) yield "";
      for (const line of wrap(escapeText(heading), width - 2))
        yield isFrame ? paint("bold", line) : `  ${paint("bold", line)}`;
    }
    if (verbose && item.kind === "span" && item.segment !== null && item.segment !== this.segment) {
      this.segment = item.segment;
      for (const line of wrap(this.segmentText(item, item.segment), width - 2)) yield `  ${paint("dim", line)}`;
    }
    yield* this.rows(item, joined);
  }

  private *rows(item: Item, joined: Item | null): Generator<string> {
    const { paint, width } = this.options;
    const bytes = joinBytes(joined, item);
    const start = (joined ?? item).offset;
    const length = bytes?.length ?? (item as Span).length;
    const left = this.place(item, start);
    const indent = "  ".repeat(item.part.depth);
    const room = Math.max(20, width - left.length - 2 - this.hexWidth - 2 - indent.length);
    const words = this.meaning(item, length, room);
    const hexRows = bytes === null ? 1 : Math.min(MAX_ROWS, Math.ceil(bytes.length / this.perRow));
    for (let row = 0; row < Math.max(hexRows, words.length); row++) {
      const from = row * this.perRow;
      const hasBytes = row < hexRows;
      const place = hasBytes
        ? row === 0
          ? left
          : this.place(item, start === null ? null : start + from)
        : " ".repeat(left.length);
      const hex = hasBytes ? this.hex(bytes, from, row === hexRows - 1) : "";
      const word = words[row] ?? "";
      const line = `${paint("dim", place)}  ${hex.padEnd(this.hexWidth)}  ${indent}${word}`;
      yield word === "" ? `${paint("dim", place)}  ${hex}` : line;
    }
  }

  private get hexWidth(): number {
    return this.perRow * 3 - 1;
  }

  /** "   9   66": widths only grow, so that columns stay in line for as long as they can. */
  private place(item: Item, offset: number | null): string {
    const packet = item.kind === "inner" ? "+" : item.segment?.packet === null ? "-" : this.packetName(item);
    const at = offset === null ? "-" : String(offset);
    this.packetWidth = Math.max(this.packetWidth, packet.length);
    this.offsetWidth = Math.max(this.offsetWidth, at.length);
    return `${packet.padStart(this.packetWidth)} ${at.padStart(this.offsetWidth)}`;
  }

  private packetName({ segment }: Span): string {
    return segment === null || segment.packet === null
      ? "-"
      : escapeText(formatPacket(segment.packet, this.call.context.merged));
  }

  private hex(bytes: Uint8Array | null, from: number, isLast: boolean): string {
    if (bytes === null) return "-";
    const to = Math.min(bytes.length, from + this.perRow);
    if (!isLast || to === bytes.length) return formatHex(bytes, " ", from, to);
    return `${formatHex(bytes, " ", from, to - 1)} …`;
  }

  private meaning(item: Item, length: number, room: number): string[] {
    const { paint } = this.options;
    const { part } = item;
    const style = STYLES[part.layer];
    if (item.kind === "span" && item.piece > 1)
      return wrap(`… ${length} bytes, ${item.piece} of ${item.pieces}`, room).map((line) => paint("dim", line));
    const text = escapeText(part.text.length > MAX_TEXT ? `${part.text.slice(0, MAX_TEXT)}…` : part.text);
    const lost = part.layer === "lost" || part.role === "unread" || part.role === "padding";
    const isKept = item.bytes !== null || part.layer === "lost";
    const note = [part.note ?? "", lost ? `${length} bytes` : "", isKept ? "" : "not kept: maxOpenMessageBytes"]
      .filter((word) => word !== "")
      .join(", ");
    const lines = wrap(text, room).map((line) => (style === null ? line : paint(style, line)));
    if (note === "") return lines;
    const notes = wrap(escapeText(`(${note.length > MAX_TEXT ? `${note.slice(0, MAX_TEXT)}…` : note})`), room);
    const last = lines[lines.length - 1];
    const dim = notes.map((line) => paint("dim", line));
    if (notes.length === 1 && visibleLength(last) + 2 + notes[0].length <= room) {
      lines[lines.length - 1] = `${last}  ${dim[0]}`;
      return lines;
    }
    return [...lines, ...dim];
  }

  private segmentText(item: Span, { packet, origin, at, length, timeNs }: Segment): string {
    const { client, server } = this.call.connection;
    const ends = item.side === 0 ? `${client} → ${server}` : `${server} → ${client}`;
    const time = this.call.context.timeBase.format(timeNs).slice(11, -1);
    const number = packet === null ? "?" : formatPacket(packet, this.call.context.merged);
    const from = Number.isNaN(origin) ? "reassembled from IP fragments" : `from byte ${origin} on`;
    return `packet ${number}, ${time}: TCP ${ends}, ${sideName(item.side)}'s sequence ${at + 1}, ${length} bytes ${from}`;
  }
}

function joinBytes(first: Item | null, next: Item): Uint8Array | null {
  if (first === null || first.bytes === null || next.bytes === null) return next.bytes;
  const whole = new Uint8Array(first.bytes.length + next.bytes.length);
  whole.set(first.bytes);
  whole.set(next.bytes, first.bytes.length);
  return whole;
}

/** Lines of at most `width` columns, cut at spaces where there are any. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const cut = space > width / 3 ? space : width;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...lines, rest];
}

/** The words joined by spaces, on as many lines as it takes. */
function wrapWords(words: readonly string[], width: number, indent: string): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && visibleLength(line) + 2 + visibleLength(word) <= width)
      lines[lines.length - 1] += `  ${word}`;
    else lines.push(line === undefined ? word : indent + word);
  }
  return lines;
}
