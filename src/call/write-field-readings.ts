/** The member `fields` of a MessageRecord. */
import type { ByteWriter } from "../bytes/byte-writer.js";
import type { FieldReading, Reading } from "../protobuf/field-reading.js";

/** Piece by piece: a string of all of them may be longer than strings can be. */
export function writeFieldReadings(fields: readonly FieldReading[], out: ByteWriter): void {
  writeArray(fields, out, ({ readings, in: type, ...field }) => {
    // Without the closing brace.
    out.text(JSON.stringify(field).slice(0, -1));
    out.ascii(',"readings":');
    writeArray(readings, out, (reading) => writeReading(reading, out));
    if (type !== undefined) out.text(`,"in":${JSON.stringify(type)}`);
    out.ascii("}");
  });
}

function writeReading(reading: Reading, out: ByteWriter): void {
  const { as, value } = reading;
  if (as !== "message" && as !== "group") {
    out.text(JSON.stringify(reading));
    return;
  }
  out.ascii(`{"as":"${as}","value":`);
  writeFieldReadings(value as FieldReading[], out);
  out.ascii("}");
}

function writeArray<T>(items: readonly T[], out: ByteWriter, write: (item: T) => void): void {
  out.ascii("[");
  for (let i = 0; i < items.length; i++) {
    if (i > 0) out.ascii(",");
    write(items[i]);
  }
  out.ascii("]");
}
