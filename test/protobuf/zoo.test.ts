/** The recordings of foreign peers: every message body decodes to the JSON that the peer itself logged. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { LIMITS } from "../../src/limits.js";
import { decodeMessage } from "../../src/protobuf/decode.js";
import { Schema } from "../../src/protobuf/schema.js";
import type { MessageType } from "../../src/protobuf/types.js";

const FOLDER = new URL("../../../shared/data/captures/", import.meta.url);
const present = existsSync(FOLDER);

interface LoggedMessage {
  hex?: string;
  json?: unknown;
}
interface LoggedCall {
  path: string;
  client_sent?: LoggedMessage[];
  client_received?: LoggedMessage[];
  server_sent?: LoggedMessage[];
  server_received?: LoggedMessage[];
}

/** Python's peers logged the names of the .proto file where ProtoJSON has lowerCamelCase. */
function withProtoNames(type: MessageType | null, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withProtoNames(type, item));
  if (type === null || typeof value !== "object" || value === null || type.fullName.startsWith("google.")) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const field = type.fields.find(({ jsonName }) => jsonName === key);
      if (!field?.map) return [field?.name ?? key, withProtoNames(field?.messageType ?? null, item)];
      const valueType = field.messageType?.fieldByNumber.get(2)?.messageType ?? null;
      const entries = Object.entries(item as object).map(([k, v]) => [k, withProtoNames(valueType, v)]);
      return [field.name, Object.fromEntries(entries)];
    }),
  );
}

(present ? describe : describe.skip)(
  "recordings of Python peers (../shared/data/captures; skipped where absent)",
  () => {
    const files = ["zoo.proto", "cal.proto", "rpcstatus.proto"];
    const schema = present
      ? new Schema({ protoFiles: files.map((path) => ({ path, text: readFileSync(new URL(path, FOLDER), "utf8") })) })
      : Schema.empty;
    const folders = present ? readdirSync(FOLDER).filter((name) => !name.endsWith(".proto")) : [];

    test.each(folders)("%s", (folder) => {
      const log = JSON.parse(readFileSync(new URL(`${folder}/expected.json`, FOLDER), "utf8")) as {
        calls: LoggedCall[];
      };
      let compared = 0;
      for (const call of log.calls) {
        const method = schema.method(call.path);
        const requests = [...(call.client_sent ?? []), ...(call.server_received ?? [])];
        const responses = [...(call.client_received ?? []), ...(call.server_sent ?? [])];
        for (const [type, messages] of [
          [method?.request ?? null, requests],
          [method?.response ?? null, responses],
        ] as const) {
          for (const { hex, json } of messages) {
            if (type === null || hex === undefined || json === undefined) continue;
            const body = parseHex(hex);
            const decoded = decodeMessage(type, body, 0, body.length, { schema, limits: LIMITS, emitDefaults: false });
            expect(withProtoNames(type, JSON.parse(decoded.json))).toEqual(json);
            compared++;
          }
        }
      }
      expect(compared).toBeGreaterThan(0);
    });
  },
);
