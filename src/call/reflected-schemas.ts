/**
 * Answers of server reflection that went over the wire (grpc/reflection/v1/reflection.proto, and v1alpha, which differs in its
 * package only) → schemas, by the server that gave them.
 */
import { decodeBase64 } from "../bytes/base64.js";
import { Schema } from "../protobuf/schema.js";
import type { MessageType, MethodType } from "../protobuf/types.js";

/** What one kept descriptor costs besides its text. */
const OVERHEAD_BYTES = 200;

export class ReflectedSchemas {
  private readonly servers = new Map<string, ServerDescriptors>();
  private room: number;

  /** `maxBytes`: of all descriptors; past it no more are learnt. */
  constructor(maxBytes: number) {
    this.room = maxBytes;
  }

  get isEmpty(): boolean {
    return this.servers.size === 0;
  }

  /** `response`: a ServerReflectionResponse as ProtoJSON. False: there is no room for what it tells. */
  learn(server: string, response: unknown): boolean {
    const { fileDescriptorResponse } = response as { fileDescriptorResponse?: { fileDescriptorProto?: string[] } };
    for (const descriptor of fileDescriptorResponse?.fileDescriptorProto ?? []) {
      const known = this.servers.get(server) ?? new ServerDescriptors();
      if (known.texts.has(descriptor)) continue;
      this.room -= descriptor.length + OVERHEAD_BYTES;
      if (this.room < 0) return false;
      this.servers.set(server, known);
      known.add(descriptor);
    }
    return true;
  }

  /** What the server itself told comes first: others may speak another version of the same service. */
  method(path: string, server: string | null): MethodType | null {
    const own = this.servers.get(server ?? "")?.schema.method(path) ?? null;
    if (own !== null) return own;
    for (const { schema } of this.servers.values()) {
      const method = schema.method(path);
      if (method !== null) return method;
    }
    return null;
  }

  message(fullName: string): MessageType | null {
    for (const { schema } of this.servers.values()) {
      const type = schema.message(fullName);
      if (type !== null) return type;
    }
    return null;
  }

  /** The FileDescriptorProtos of each server, as it sent them. */
  descriptors(): { readonly server: string; readonly files: Uint8Array[] }[] {
    return [...this.servers].map(([server, { files }]) => ({ server, files }));
  }
}

class ServerDescriptors {
  /** base64, as ProtoJSON has them: the same file is often asked for again. */
  readonly texts = new Set<string>();
  private made: Schema | null = null;

  add(descriptor: string): void {
    this.texts.add(descriptor);
    this.made = null;
  }

  get files(): Uint8Array[] {
    return [...this.texts].map((text) => decodeBase64(text)).filter((bytes) => bytes !== null);
  }

  get schema(): Schema {
    this.made ??= new Schema({ fileDescriptors: this.files });
    return this.made;
  }
}
