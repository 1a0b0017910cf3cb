/**
 * `--format events`: what happened, when it did, one JSON object per line: "start" when a call is known, "message" at the last
 * byte of each, "end" with status and outcome. `call` joins them. A stream that never ends is seen while it runs.
 */
import { formatEnd, formatEventMessage, formatStart } from "../call/format-event.js";
import type { Output, Write } from "./output.js";

export function createEventsOutput(write: Write): Output {
  return {
    callStart: (call) => write(formatStart(call) + "\n"),
    callMessage: (call, half, message) => write(formatEventMessage(call, half, message) + "\n"),
    callEnd: (call) => write(formatEnd(call) + "\n"),
    end: () => {},
  };
}
