/** What a call takes from a block of header fields; worked out once for blocks that come again (hpack/repeated-blocks.ts). */
import { type GrpcContentType, parseGrpcContentType } from "../grpc/content-type.js";
import { fieldValue, type HeaderField, knownField } from "../hpack/header-field.js";
import type { HeaderBlock } from "../http2/observer.js";

/** Values are null where there is no such field, or its value is not known. */
export interface HeaderFacts {
  readonly contentType: string | null;
  /** null: the content-type is not gRPC's. */
  readonly grpc: GrpcContentType | null;
  readonly path: HeaderField | null;
  readonly httpStatus: string | null;
  /** "An interim response" (RFC 9110 §15.2), which says nothing about the call. */
  readonly interim: boolean;
  /** As `grpc-encoding` names it; "identity" where all fields are known and none does. */
  readonly encoding: string | null;
  /** A value is not known. */
  readonly hasUnknown: boolean;
}

export function factsOf(block: HeaderBlock): HeaderFacts {
  const { memo } = block;
  if (memo === null) return readFacts(block);
  memo.facts ??= readFacts(block);
  return memo.facts as HeaderFacts;
}

function readFacts({ fields, complete }: HeaderBlock): HeaderFacts {
  const contentType = fieldValue(fields, "content-type");
  const isWhole = complete && fields.every(({ placeholder }) => placeholder === 0);
  return {
    contentType,
    grpc: contentType === null ? null : parseGrpcContentType(contentType),
    path: knownField(fields, ":path"),
    httpStatus: fieldValue(fields, ":status"),
    interim: fields.length > 0 && fields[0].name === ":status" && fields[0].value[0] === "1",
    encoding: fieldValue(fields, "grpc-encoding") ?? (isWhole ? "identity" : null),
    hasUnknown: fields.some(({ valueSource }) => valueSource === "unknown"),
  };
}
