/** What a call takes from a block of header fields; worked out once for blocks that come again (hpack/repeated-blocks.ts). */
import { type GrpcContentType, parseGrpcContentType } from "../grpc/content-type.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { HeaderBlock } from "../http2/observer.js";

/** Values are null where there is no such field, or its value is not known. */
export interface HeaderFacts {
  readonly fields: readonly HeaderField[];
  readonly contentType: string | null;
  /** null: the content-type is not gRPC's. */
  readonly grpc: GrpcContentType | null;
  readonly path: HeaderField | null;
  readonly httpStatus: string | null;
  /** As `grpc-encoding` names it. */
  readonly encoding: string | null;
  /** A value is not known. */
  readonly hasUnknown: boolean;
  /** Some fields stand for table entries that were not seen: what they are may become known later. */
  readonly hasPlaceholders: boolean;
}

export function factsOf({ fields, memo }: HeaderBlock): HeaderFacts {
  if (memo === null) return readFacts(fields);
  memo.facts ??= readFacts(fields);
  return memo.facts as HeaderFacts;
}

function readFacts(fields: readonly HeaderField[]): HeaderFacts {
  const path = firstKnown(fields, ":path");
  const contentType = firstKnown(fields, "content-type")?.value ?? null;
  return {
    fields,
    contentType,
    grpc: contentType === null ? null : parseGrpcContentType(contentType),
    path,
    httpStatus: firstKnown(fields, ":status")?.value ?? null,
    encoding: firstKnown(fields, "grpc-encoding")?.value ?? null,
    hasUnknown: fields.some(({ valueSource }) => valueSource === "unknown"),
    hasPlaceholders: fields.some(({ placeholder }) => placeholder !== 0),
  };
}

function firstKnown(fields: readonly HeaderField[], name: string): HeaderField | null {
  for (const field of fields) if (field.name === name && field.valueSource !== "unknown") return field;
  return null;
}

/** "An interim response" (RFC 9110 §15.2) says nothing about the call. */
export function isInterim({ fields }: HeaderFacts): boolean {
  return fields.length > 0 && fields[0].name === ":status" && fields[0].value[0] === "1";
}

/** null: none is declared in the fields that are known, and others are not. `complete`: these are all fields of the block. */
export function declaredEncoding({ encoding, hasPlaceholders }: HeaderFacts, complete: boolean): string | null {
  return encoding ?? (complete && !hasPlaceholders ? "identity" : null);
}
