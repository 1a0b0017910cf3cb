/** A decoded message before it is written: what the exact path builds where the order or the form of the wire is unusual. */
import type { FieldType, MessageType } from "../types.js";

/** JSON text of a scalar or enum value, or a message. */
export type TreeValue = string | MessageTree;

export interface MessageTree {
  readonly type: MessageType;
  readonly values: Map<FieldType, TreeValue | TreeValue[] | Map<string, TreeValue>>;
  /** Offset of its first byte in the buffer, for what is told about it as a whole. */
  readonly at: number;
  /** How many more messages may lie in it, one in the other. */
  readonly depth: number;
  /** The payload of an Any: field `value`, a range of the buffer. */
  anyFrom: number;
  anyTo: number;
}

export function newTree(type: MessageType, at: number, depth: number): MessageTree {
  return { type, values: new Map(), at, depth, anyFrom: 0, anyTo: 0 };
}
