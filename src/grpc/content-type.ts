/** What a `content-type` says: `application/grpc [("+proto" / "+json" / {custom})]` (PROTOCOL-HTTP2, Content-Type). */

export interface GrpcContentType {
  /** "proto" (also when none is named), "json", … */
  readonly codec: string;
}

const PROTO: GrpcContentType = { codec: "proto" };

/** null: not gRPC. Parameters behind ";" do not matter; letter case neither (RFC 9110 §8.3.1). */
export function parseGrpcContentType(value: string): GrpcContentType | null {
  if (value === "application/grpc" || value === "application/grpc+proto") return PROTO;
  const match = /^application\/grpc(?:\+([^;\s]+))?\s*(?:;.*)?$/i.exec(value.trim());
  return match === null ? null : { codec: match[1]?.toLowerCase() ?? "proto" };
}
