/** .proto texts → their FileDescriptorProtos, each by itself, as server reflection sends them. */
import { writeDescriptor } from "../../src/protobuf/schema/write-descriptor.js";
import { Schema } from "../../src/protobuf/schema.js";

export function descriptorsOf(texts: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  const protoFiles = Object.entries(texts).map(([path, text]) => ({ path, text }));
  const { files, types } = new Schema({ protoFiles }).parts();
  return Object.fromEntries(files.map(({ path, declaration }) => [path, writeDescriptor(declaration!, types)]));
}
