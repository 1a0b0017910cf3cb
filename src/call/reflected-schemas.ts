/**
 * Answers of server reflection that went over the wire (grpc/reflection/v1/reflection.proto, and v1alpha, which differs in its
 * package only) → types, by the server that told them.
 */
import { decodeBase64 } from "../bytes/base64.js";
import { DescriptorPool, ParsedDescriptor } from "../protobuf/descriptor-pool.js";
import type { MessageType, MethodType } from "../protobuf/types.js";

/** What one kept descriptor costs besides its text, and each part that it declares. */
const DESCRIPTOR_BYTES = 1_000;
const PART_BYTES = 400;

interface ServerTypes {
  /** Descriptors as base64, as ProtoJSON has them: the same file is often asked for again. */
  readonly texts: Set<string>;
  readonly pool: DescriptorPool;
}

export class ReflectedSchemas {
  private readonly servers = new Map<string, ServerTypes>();
  /** The first server that told of each, for calls to others. */
  private readonly byMethod = new Map<string, DescriptorPool>();
  private readonly byMessage = new Map<string, DescriptorPool>();
  private room: number;

  /** `maxBytes`: of all descriptors and what they declare; past it no more are learnt. */
  constructor(readonly maxBytes: number) {
    this.room = maxBytes;
  }

  get isEmpty(): boolean {
    return this.servers.size === 0;
  }

  /** `response`: a ServerReflectionResponse as ProtoJSON. False: there is no room for all that it tells. */
  learn(server: string, response: unknown): boolean {
    const { fileDescriptorResponse } = response as { fileDescriptorResponse?: { fileDescriptorProto?: string[] } };
    const types = this.servers.get(server) ?? { texts: new Set(), pool: new DescriptorPool() };
    let whole = true;
    for (const text of fileDescriptorResponse?.fileDescriptorProto ?? [])
      if (!types.texts.has(text) && !this.add(server, types, text)) whole = false;
    return whole;
  }

  private add(server: string, types: ServerTypes, text: string): boolean {
    if (text.length + DESCRIPTOR_BYTES > this.room) return false;
    const bytes = decodeBase64(text);
    if (bytes === null) return true;
    const parsed = new ParsedDescriptor(bytes);
    const cost = text.length + DESCRIPTOR_BYTES + parsed.size * PART_BYTES;
    if (cost > this.room) return false;
    this.room -= cost;
    this.servers.set(server, types);
    types.texts.add(text);
    types.pool.add(parsed);
    for (const path of parsed.methods) if (!this.byMethod.has(path)) this.byMethod.set(path, types.pool);
    for (const name of parsed.messages) if (!this.byMessage.has(name)) this.byMessage.set(name, types.pool);
    return true;
  }

  /** What the server itself told comes first: others may speak another version of the same service. */
  method(path: string, server: string | null): MethodType | null {
    const own = this.servers.get(server ?? "")?.pool.method(path) ?? null;
    return own ?? this.byMethod.get(path)?.method(path) ?? null;
  }

  message(fullName: string): MessageType | null {
    return this.byMessage.get(fullName)?.message(fullName) ?? null;
  }

  /** The FileDescriptorProtos of each server, as it sent them. */
  descriptors(): { readonly server: string; readonly files: Uint8Array[] }[] {
    return [...this.servers].map(([server, { texts }]) => ({
      server,
      files: [...texts].map((text) => decodeBase64(text)).filter((bytes) => bytes !== null),
    }));
  }
}
