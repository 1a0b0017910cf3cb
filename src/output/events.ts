/**
 * `--format events`: what happened, when it did, one JSON object per line: "start" when a call is known, "message" at the last
 * byte of each, "end" with status and outcome. `call` joins them. A stream that never ends is seen while it runs.
 */
import { ByteWriter } from "../bytes/byte-writer.js";
import { writeEnd, writeEventMessage, writeStart } from "../call/format-event.js";
import type { Output, Write } from "./output.js";

export function createEventsOutput(write: Write): Output {
  const line = new ByteWriter();
  const writeLine = () => {
    line.ascii("\n");
    write(line.bytes.subarray(0, line.length));
    line.clear();
  };
  return {
    callStart: (call) => {
      writeStart(call, line);
      writeLine();
    },
    callMessage: (call, half, message) => {
      writeEventMessage(call, half, message, line);
      writeLine();
    },
    callEnd: (call) => {
      writeEnd(call, line);
      writeLine();
    },
    end: () => {},
  };
}
