import { describe, expect, test } from "@jest/globals";
import type { Side } from "../../src/bytes/byte-stream-sink.js";
import { formatHex } from "../../src/bytes/hex.js";
import { Http2Connection } from "../../src/http2/connection.js";
import { formatErrorCode } from "../../src/http2/error-code.js";
import { emptyFrameView, type FrameView } from "../../src/http2/frame-observer.js";
import { formatFlags, formatFrameType } from "../../src/http2/frame-type.js";
import { formatSetting } from "../../src/http2/settings.js";
import { LIMITS } from "../../src/limits.js";
import type { GoldenStep } from "../support/golden.js";
import { formatField } from "../support/hpack-log.js";
import { Http2Log } from "../support/http2-log.js";
import { compileScript } from "../support/http2-script.js";

const EMPTY: Record<string, unknown> = { ...emptyFrameView() };
const ALWAYS = new Set(["side", "at", "startNs", "endNs", "length", "type", "flags", "streamId", "block", "complete"]);

/** A frame in a line: what its header says, then all that is not null. */
function format(view: FrameView): string {
  const parts = [
    `${view.side === 0 ? "client" : "server"} ${formatFrameType(view.type)}`,
    `stream=${view.streamId} @${view.at}+${view.length}`,
    ...formatFlags(view.type, view.flags),
  ];
  for (const [key, value] of Object.entries(view)) {
    if (ALWAYS.has(key) || value === EMPTY[key]) continue;
    if (key === "settings") parts.push(...view.settings!.map(([id, set]) => `${formatSetting(id)}=${set}`));
    else if (key === "errorCode") parts.push(formatErrorCode(view.errorCode!));
    else if (value instanceof Uint8Array) parts.push(`${key}=${formatHex(value)}`);
    else parts.push(`${key}=${JSON.stringify(value)}`);
  }
  if (view.block !== null) parts.push(`{${view.block.fields.map(formatField).join(", ")}}`);
  if (!view.complete) parts.push("incomplete");
  return parts.join(" ");
}

function frames(script: string, cut = 1 << 20): string[] {
  const told: string[] = [];
  const log = new Http2Log();
  const connection = new Http2Connection(log, () => {}, LIMITS, {
    frames: { frame: (view) => void told.push(format(view)) },
  });
  const at: [number, number] = [0, 0];
  let time = 0;
  const steps: GoldenStep[] = compileScript(script.trim().split("\n"));
  for (const step of steps) {
    const side: Side = step.side;
    if ("gap" in step) {
      connection.gap(side, at[side], step.gap, time++);
      at[side] += step.gap;
    } else if ("bytes" in step) {
      for (let i = 0; i < step.bytes.length; i += cut) {
        const piece = step.bytes.slice(i, i + cut);
        connection.data(side, piece, 0, piece.length, at[side], time++);
        at[side] += piece.length;
        piece.fill(0xaa);
      }
    }
  }
  for (const side of [0, 1] as const) connection.close(side, "eof", time);
  return told;
}

const SCRIPT = `
client preface
client settings 1=4096 4=100000 65027=1
server settings 3=100
client settings-ack
server settings-ack
client headers 1 END_HEADERS block=838644022f61
client frame type=1 flags=0x2c stream=3 02 80000001 0f 83 86 be 0000
client data 1 END_STREAM pad=3 0000000000
client window 0 1000
client priority 5 3 256
client ping 0102030405060708
server ping 0102030405060708 ACK
server headers 1 block=88
server continuation 1 END_HEADERS block=
server data 1 00
server window 3 7
server promise 1 2 :method=GET :scheme=http :path=/p
server rst 2 8
server frame type=0xa stream=0 0003 612e62 6832
server frame type=0xc stream=0 0003 612e62 0001 63
client frame type=0x10 stream=0 00000003 753d31
client frame type=0xee flags=0x81 stream=9 0102
client frame type=8 00
server goaway 1 11 calm`;

test("every frame is told, with what its type says", () => {
  expect(frames(SCRIPT)).toEqual([
    "client SETTINGS stream=0 @24+18 HEADER_TABLE_SIZE=4096 INITIAL_WINDOW_SIZE=100000 0xfe03=1",
    "server SETTINGS stream=0 @0+6 MAX_CONCURRENT_STREAMS=100",
    "client SETTINGS stream=0 @51+0 ACK",
    "server SETTINGS stream=0 @15+0 ACK",
    "client HEADERS stream=1 @60+6 END_HEADERS {:method: POST, :scheme: http, :path: /a}",
    "client HEADERS stream=3 @75+11 END_HEADERS PADDED PRIORITY padLength=2" +
      ' priority={"exclusive":true,"dependency":1,"weight":16} {:method: POST, :scheme: http, :path: /a}',
    "client DATA stream=1 @95+9 END_STREAM PADDED padLength=3 streamWindow=65526 connectionWindow=65526",
    "client WINDOW_UPDATE stream=0 @113+4 increment=1000 connectionWindow=66535",
    'client PRIORITY stream=5 @126+5 priority={"exclusive":false,"dependency":3,"weight":256}',
    "client PING stream=0 @140+8 opaque=0102030405060708",
    "server PING stream=0 @24+8 ACK opaque=0102030405060708",
    "server HEADERS stream=1 @41+1",
    "server CONTINUATION stream=1 @51+0 END_HEADERS {:status: 200}",
    "server DATA stream=1 @60+1 streamWindow=99999 connectionWindow=66534",
    "server WINDOW_UPDATE stream=3 @70+4 increment=7 streamWindow=65542 connectionWindow=65526",
    "server PUSH_PROMISE stream=1 @83+41 END_HEADERS promisedStreamId=2 {:method: GET, :scheme: http, :path: /p}",
    "server RST_STREAM stream=2 @133+4 CANCEL",
    'server ALTSVC stream=0 @146+7 origin="a.b" fieldValue="h2"',
    'server ORIGIN stream=0 @162+8 origins=["a.b","c"]',
    'client PRIORITY_UPDATE stream=0 @157+7 prioritizedStreamId=3 fieldValue="u=1"',
    "client 0xee stream=9 @173+2 0x01 0x80",
    "client WINDOW_UPDATE stream=0 @184+1 incomplete",
    "server GOAWAY stream=0 @179+12 ENHANCE_YOUR_CALM lastStreamId=1 opaque=63616c6d",
  ]);
});

test.each([1, 2, 3, 9, 10])("the same in pieces of %d bytes", (cut) => {
  expect(frames(SCRIPT, cut)).toEqual(frames(SCRIPT));
});

test("RFC 9113 §6.9.2: a new initial window changes the windows of open streams, once it is acknowledged", () => {
  const told = frames(`client preface
client settings
server settings 4=1000
client headers 1 :method=POST :scheme=http :path=/a
client data 1 01
client settings-ack
client data 1 01
server settings 4=10
client data 1 01
client settings-ack
client data 1 01`);
  const windows = told.filter((line) => line.includes("DATA")).map((line) => / streamWindow=(-?\d+)/.exec(line)?.[1]);
  expect(windows).toEqual(["65534", "998", "997", "6"]);
});

describe("bytes that are missing", () => {
  const start =
    "client preface\nclient settings\nserver settings\nclient headers 1 :method=POST :scheme=http :path=/a\n";

  test("inside frames make them incomplete", () => {
    const told = frames(`${start}client hex 000004 00 01 00000001 01
client gap 3
client hex 000004 08 00 00000000 00
client gap 3
client hex 000008 01 05 00000003 83 86 84
client gap 5
client ping`);
    expect(told.slice(3)).toEqual([
      "client DATA stream=1 @80+4 END_STREAM streamWindow=65531 connectionWindow=65531 incomplete",
      "client WINDOW_UPDATE stream=0 @93+4 incomplete",
      "client HEADERS stream=3 @106+8 END_STREAM END_HEADERS {:method: POST, :scheme: http, :path: /} incomplete",
      "client PING stream=0 @123+8 opaque=0000000000000000",
    ]);
  });

  test("at the end make the last frame incomplete; half a frame header is none", () => {
    const told = frames(`${start}client hex 000004 00 01 00000001 01\nserver hex 000004 08 00`);
    expect(told.slice(3)).toEqual(["client DATA stream=1 @80+4 END_STREAM incomplete"]);
  });

  test("leave the windows unknown", () => {
    const told = frames(`${start}client gap 40\nclient data 1 END_STREAM 01`);
    expect(told.slice(3)).toEqual(["client DATA stream=1 @120+1 END_STREAM"]);
  });
});

test("times are those of the first and of the last byte", () => {
  const seen: [number, number][] = [];
  const connection = new Http2Connection(new Http2Log(), () => {}, LIMITS, {
    frames: { frame: ({ startNs, endNs }) => void seen.push([startNs, endNs]) },
  });
  const ping = new Uint8Array(17);
  ping.set([0, 0, 8, 6]);
  connection.data(1, ping, 0, 17, 0, 100);
  connection.data(1, ping, 0, 3, 17, 200);
  connection.data(1, ping, 3, 16, 20, 300);
  connection.data(1, ping, 16, 17, 33, 400);
  expect(seen).toEqual([
    [100, 100],
    [200, 400],
  ]);
});

test("representations are told with their places, and with the frame that taught the entry", () => {
  const told: string[] = [];
  const connection = new Http2Connection(new Http2Log(), () => {}, LIMITS, {
    frames: {
      frame: () => {},
      representation: (side, { kind, start, end, index, origin }, streamOffset) =>
        void told.push(
          `${side} ${kind} @${streamOffset(start)}-${streamOffset(end - 1) + 1} index=${index} origin=${origin}`,
        ),
    },
  });
  const at: [number, number] = [0, 0];
  const script = `client preface
client settings
client headers 1 END_STREAM END_HEADERS block=83864401 2f
client headers 3 END_STREAM block=8386
client continuation 3 END_HEADERS block=be`.replace("4401 2f", "44012f");
  for (const step of compileScript(script.split("\n"))) {
    if (!("bytes" in step)) continue;
    connection.data(step.side, step.bytes, 0, step.bytes.length, at[step.side], 0);
    at[step.side] += step.bytes.length;
  }
  expect(told).toEqual([
    "0 indexed @42-43 index=3 origin=-1",
    "0 indexed @43-44 index=6 origin=-1",
    "0 incremental @44-47 index=4 origin=-1",
    "0 indexed @56-57 index=3 origin=-1",
    "0 indexed @57-58 index=6 origin=-1",
    "0 indexed @67-68 index=62 origin=33",
  ]);
});
