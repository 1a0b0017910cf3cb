/** Single frames of http2jp/http2-frame-test-case in ../shared/data: each gives the frame, or the error, that it states. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { Side } from "../../src/bytes/byte-stream-sink.js";
import { formatHex, parseHex } from "../../src/bytes/hex.js";
import { Http2Connection } from "../../src/http2/connection.js";
import type { FrameView } from "../../src/http2/frame-observer.js";
import { CONTINUATION, DATA, PUSH_PROMISE } from "../../src/http2/frame-type.js";
import { LIMITS } from "../../src/limits.js";
import * as build from "../support/frames.js";
import { Http2Log } from "../support/http2-log.js";

const FOLDER = "../shared/data/http2-frames";
const PROTOCOL_ERROR = 1;
const FRAME_SIZE_ERROR = 6;

interface FrameCase {
  error: number[] | null;
  wire: string;
  frame: {
    length: number;
    type: number;
    flags: number;
    stream_identifier: number;
    frame_payload: Record<string, unknown>;
  } | null;
  description: string;
}

const cases = existsSync(FOLDER)
  ? readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => readdirSync(`${FOLDER}/${name}`).map((file) => `${name}/${file}`))
      .filter((file) => file.endsWith(".json"))
  : [];

/** The side that sends such a frame. */
function senderOf(type: number): Side {
  return type === PUSH_PROMISE ? 1 : 0;
}

/** Plays one frame on a connection that is ready for it; what the observer and the diagnostics say of it. */
function play(wire: Uint8Array): { frame: FrameView | null; fragment: string; data: string; codes: string[] } {
  const log = new Http2Log();
  const codes: string[] = [];
  let frame: FrameView | null = null;
  let data = "";
  const connection = new Http2Connection(
    { ...bind(log), data: (_stream, _side, buf, start, end) => void (data += formatHex(buf, "", start, end)) },
    (code) => codes.push(code),
    LIMITS,
    { frames: { frame: (view) => void (frame = { ...view }) } },
  );
  const type = wire[3];
  const stream = ((wire[5] & 0x7f) << 24) | (wire[6] << 16) | (wire[7] << 8) | wire[8];
  const at = [0, 0];
  const push = (side: Side, bytes: Uint8Array): void => {
    connection.data(side, bytes, 0, bytes.length, at[side], 0);
    at[side] += bytes.length;
  };
  push(0, build.concat(build.preface, build.settings()));
  push(1, build.settings());
  if (type === CONTINUATION) push(0, build.headers(stream, [], { endHeaders: false }));
  frame = null;
  codes.length = 0;
  push(senderOf(type), wire);
  return { frame, fragment: formatHex(wire, "", 9), data, codes };
}

function bind(log: Http2Log) {
  return {
    headers: log.headers.bind(log),
    data: log.data.bind(log),
    endStream: log.endStream.bind(log),
    reset: log.reset.bind(log),
    lost: log.lost.bind(log),
    close: log.close.bind(log),
  };
}

/** The error code of RFC 9113 §7 that a diagnostic stands for. */
function errorCode(code: string): number | null {
  if (code === "HTTP2_FRAME_SIZE") return FRAME_SIZE_ERROR;
  const protocol = [
    "HTTP2_FRAME_STREAM",
    "HTTP2_PADDING_TOO_LONG",
    "HTTP2_WINDOW_INCREMENT_ZERO",
    "HTTP2_PROMISE_INVALID",
  ];
  return protocol.includes(code) ? PROTOCOL_ERROR : null;
}

const text = (bytes: Uint8Array | null) => String.fromCharCode(...(bytes ?? []));

/** What the frame says, by the names of the test case. Of header blocks, the fields are looked at elsewhere. */
function payloadOf({ frame, data }: ReturnType<typeof play>): Record<string, unknown> {
  const view = frame!;
  const { priority } = view;
  return {
    data: text(parseHex(data)),
    padding_length: view.padLength,
    priority: priority !== null,
    stream_dependency: priority?.dependency ?? null,
    weight: priority?.weight ?? null,
    exclusive: priority?.exclusive ?? null,
    error_code: view.errorCode,
    settings: view.settings,
    promised_stream_id: view.promisedStreamId,
    opaque_data: text(view.opaque),
    last_stream_id: view.lastStreamId,
    additional_debug_data: text(view.opaque),
    window_size_increment: view.increment,
  };
}

describe("single frames", () => {
  if (cases.length === 0) test.skip(`${FOLDER} is not there`, () => {});

  test.each(cases)("%s", (name) => {
    const { error, wire, frame }: FrameCase = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
    const played = play(parseHex(wire));
    if (frame === null) {
      const errors = played.codes.map(errorCode).filter((code) => code !== null);
      expect(errors.length).toBeGreaterThan(0);
      for (const code of errors) expect(error).toContain(code);
      return;
    }
    expect(played.codes.map(errorCode).filter((code) => code !== null)).toEqual([]);
    const { length, type, flags, streamId } = played.frame!;
    expect({ length, type, flags, stream_identifier: streamId }).toEqual({
      length: frame.length,
      type: frame.type,
      flags: frame.flags,
      stream_identifier: frame.stream_identifier,
    });
    const payload = payloadOf(played);
    for (const [key, value] of Object.entries(frame.frame_payload)) {
      if (key === "padding" || key === "header_block_fragment") continue;
      expect([key, payload[key]]).toEqual([key, value]);
    }
    if (type === DATA) expect(played.data).not.toBe("");
  });
});
