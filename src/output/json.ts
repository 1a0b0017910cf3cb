/** `--format json`: one call record (docs/json.md) per line, when the call ends or the input does. */
import { ByteWriter } from "../bytes/byte-writer.js";
import { writeCallRecord } from "../call/format-record.js";
import type { Output, Write } from "./output.js";

export function createJsonOutput(write: Write): Output {
  const line = new ByteWriter();
  return {
    listMessages: true,
    callEnd: (call) => {
      line.clear();
      writeCallRecord(call, line);
      line.ascii("\n");
      write(line.bytes.subarray(0, line.length));
    },
    end: () => {},
  };
}
