/**
 * The language of the golden logs' `in` blocks for HTTP/2, a line a frame:
 *
 *     client preface                              server settings 4=1000 1=0
 *     client headers 1 END_STREAM :path=/x te=trailers     literals that leave the table alone
 *     client headers 1 END_HEADERS block=828684   pad=3    the block as hexadecimal digits; the flags are those that are named
 *     server data 1 END_STREAM 0801               server ping 0102030405060708
 *     client rst 1 8     server goaway 1 0 text   client window 0 100   server settings-ack
 *     client frame type=0xee flags=0x1 stream=3 length=9 0102
 *     client hex 0000          server gap 20      client close fin
 */
import type { CloseReason, Side } from "../../src/bytes/byte-stream-sink.js";
import { parseHex } from "../../src/bytes/hex.js";
import * as build from "./frames.js";
import type { GoldenStep } from "./golden.js";

const FLAGS: Record<string, number> = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 };

export function compileScript(lines: readonly string[]): GoldenStep[] {
  return lines.map((line) => {
    const [who, what, ...words] = line.trim().split(/\s+/);
    if (who !== "client" && who !== "server") throw new Error(`client or server: ${line}`);
    const side: Side = who === "client" ? 0 : 1;
    if (what === "gap") return { side, gap: Number(words[0]) };
    if (what === "close") return { side, close: words[0] as CloseReason };
    return { side, bytes: bytesOf(what, words, line) };
  });
}

function bytesOf(what: string, words: string[], line: string): Uint8Array {
  const numbers = words.map(Number);
  switch (what) {
    case "preface":
      return build.preface;
    case "hex":
      return parseHex(words.join(""));
    case "settings":
      return build.settings(...words.map((word) => word.split("=").map(Number) as [number, number]));
    case "settings-ack":
      return build.settingsAck;
    case "headers":
      return build.frame(0x1, ...block(words, numbers[0]));
    case "continuation":
      return build.frame(0x9, ...block(words, numbers[0]));
    case "data": {
      const { flags, pad, rest } = options(words.slice(1));
      return build.frame(0x0, flags, numbers[0], padded(parseHex(rest.join("")), pad));
    }
    case "promise": {
      const [flags, stream, payload] = block([words[0], ...words.slice(2)], numbers[0]);
      return build.frame(0x5, flags, stream, build.concat(build.u32(numbers[1]), payload));
    }
    case "priority":
      return build.priority(numbers[0], numbers[1], numbers[2]);
    case "rst":
      return build.rstStream(numbers[0], numbers[1]);
    case "ping":
      return build.ping([...parseHex(words[0] ?? "0000000000000000")], words[1] === "ACK");
    case "goaway":
      return build.goaway(numbers[0], numbers[1], build.ascii(words.slice(2).join(" ")));
    case "window":
      return build.windowUpdate(numbers[0], numbers[1]);
    case "frame": {
      const { values, rest } = options(words);
      const payload = parseHex(rest.join(""));
      return build.frame(values.type, values.flags ?? 0, values.stream ?? 0, payload, values.length ?? payload.length);
    }
    default:
      throw new Error(`no such frame: ${line}`);
  }
}

interface Options {
  flags: number;
  pad: number | null;
  values: Record<string, number>;
  rest: string[];
}

function options(words: readonly string[]): Options {
  const found: Options = { flags: 0, pad: null, values: {}, rest: [] };
  for (const word of words) {
    const value = /^(pad|type|flags|stream|length)=(\w+)$/.exec(word);
    if (word in FLAGS) found.flags |= FLAGS[word];
    else if (value !== null) found.values[value[1]] = Number(value[2]);
    else found.rest.push(word);
  }
  found.pad = found.values.pad ?? null;
  if (found.pad !== null) found.flags |= 0x8;
  return found;
}

function padded(payload: Uint8Array, pad: number | null): Uint8Array {
  return pad === null ? payload : build.concat([pad], payload, new Uint8Array(pad));
}

/** Flags, stream and payload. With fields in words END_HEADERS is set; with `block=` only what is named. */
function block(words: readonly string[], stream: number): [flags: number, stream: number, payload: Uint8Array] {
  const { flags, pad, rest } = options(words.slice(1));
  const hex = rest.find((word) => word.startsWith("block="));
  if (hex !== undefined) return [flags, stream, padded(parseHex(hex.slice(6)), pad)];
  const fields = rest.map((word) => {
    const equals = word.indexOf("=", 1);
    return [word.slice(0, equals), word.slice(equals + 1)] as const;
  });
  return [flags | 0x4, stream, padded(build.block(...fields), pad)];
}
