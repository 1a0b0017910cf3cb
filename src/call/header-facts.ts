/**
 * What a call takes from a block of header fields. Blocks that come again have the very same list of fields (hpack/repeated-blocks.ts),
 * so what the last few lists say is kept.
 */
import { type GrpcContentType, parseGrpcContentType } from "../grpc/content-type.js";
import type { HeaderField } from "../hpack/header-field.js";

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

/** Request headers, response headers and trailers, of two kinds of call. */
const KEPT = 6;

export class HeaderFactsReader {
  private readonly kept: HeaderFacts[] = [];
  private oldest = 0;

  read(fields: readonly HeaderField[]): HeaderFacts {
    const { kept } = this;
    for (let i = 0; i < kept.length; i++) if (kept[i].fields === fields) return kept[i];
    const facts = readFacts(fields);
    if (fields.every(({ nameSource, valueSource }) => nameSource === "observed" && valueSource === "observed")) {
      kept[this.oldest] = facts;
      this.oldest = (this.oldest + 1) % KEPT;
    }
    return facts;
  }
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
