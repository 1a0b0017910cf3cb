/** `--format json`: one call record (docs/json.md) per line, when the call ends or the input does. */
import { formatCallRecord } from "../call/format-record.js";
import type { Output, Write } from "./output.js";

export function createJsonOutput(write: Write): Output {
  return {
    listMessages: true,
    callEnd: (call) => write(formatCallRecord(call) + "\n"),
    end: () => {},
  };
}
