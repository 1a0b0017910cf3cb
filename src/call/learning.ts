/**
 * What the calls of an input teach about each other: what the messages of a method without a schema have in common, the
 * schemas that servers told by reflection, and how many messages a problem touched.
 */
import { decodeMessage } from "../protobuf/decode.js";
import type { FieldReading } from "../protobuf/field-reading.js";
import { SchemaInference } from "../protobuf/infer/infer-schema.js";
import { orderReadings } from "../protobuf/infer/order-readings.js";
import { ProblemTally } from "../protobuf/problem-tally.js";
import type { MessageType } from "../protobuf/types.js";
import { type Call, type CallHalf, type CallMessage, halfName } from "./call.js";
import type { CallSchema } from "./call-schema.js";
import { bodyOf } from "./decode.js";
import { diagnose } from "./diagnose.js";

const REFLECTION = "/grpc.reflection.";

export class Learning {
  /** What did not fit the schema, over all messages that were decoded. */
  readonly problems = new ProblemTally();
  private readonly inference = new SchemaInference();

  constructor(private readonly schema: CallSchema) {}

  /** Takes in the messages that the call lists. True: nothing that is known explains them. */
  call(call: Call): boolean {
    if (!this.teaches(call)) return false;
    let unexplained = false;
    for (const half of [call.request, call.response])
      for (const message of half.messages) if (this.message(call, half, message)) unexplained = true;
    return unexplained;
  }

  /** Takes in one message. True: nothing that is known explains it. */
  message(call: Call, half: CallHalf, message: CallMessage): boolean {
    if (half.codec !== "proto" || !this.teaches(call)) return false;
    const path = call.path!;
    const { server } = call.connection;
    const method = this.schema.method(path, server);
    // What does not decode is told when the message is shown.
    const body = message.complete ? bodyOf(call, half, message, []) : null;
    if (method === null) {
      if (body !== null) this.inference.add(path, halfName(half.side), message.index, body, 0, body.length);
      return true;
    }
    if (half.side === 1 && body !== null && method.response !== null && path.startsWith(REFLECTION)) {
      this.reflection(call, message, method.response, body);
    }
    return false;
  }

  private reflection(call: Call, { packets }: CallMessage, type: MessageType, body: Uint8Array): void {
    const { reflected } = this.schema;
    if (body.length <= reflected.maxBytes) {
      const { json } = decodeMessage(type, body, 0, body.length, call.context);
      if (reflected.learn(call.connection.server, JSON.parse(json))) return;
    }
    diagnose(call, "GRPC_REFLECTION_LIMIT", { limit: reflected.maxBytes }, packets);
  }

  private teaches({ path }: Call): boolean {
    return path !== null && (path.startsWith(REFLECTION) || this.schema.given.method(path) === null);
  }

  /** The readings of each field of a message without a schema, in the order of their likelihood by all that is known. */
  inOrder(call: Call, half: CallHalf, fields: readonly FieldReading[], body: Uint8Array): readonly FieldReading[] {
    const evidence = call.path === null ? null : this.inference.method(call.path);
    if (evidence === null) return fields;
    return orderReadings(fields, evidence[halfName(half.side)], body, 0, body.length);
  }
}
