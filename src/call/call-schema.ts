/** Where the types of a call's messages are looked up: in what the user gave, then in what servers told in the input itself. */
import type { Schema } from "../protobuf/schema.js";
import type { MessageType, MethodType, TypeRegistry } from "../protobuf/types.js";
import type { ReflectedSchemas } from "./reflected-schemas.js";

export class CallSchema implements TypeRegistry {
  constructor(
    readonly given: Schema,
    readonly reflected: ReflectedSchemas,
  ) {}

  /** `path`: ":path" of a call; `server`: the address that it went to; null: any. */
  method(path: string, server: string | null = null): MethodType | null {
    const method = this.given.method(path);
    return method !== null || this.reflected.isEmpty ? method : this.reflected.method(path, server);
  }

  message(fullName: string): MessageType | null {
    return this.given.message(fullName) ?? this.reflected.message(fullName);
  }
}
