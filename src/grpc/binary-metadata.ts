/**
 * Metadata whose name ends in "-bin" carries bytes (PROTOCOL-HTTP2, Custom-Metadata): base64 on the wire, or, between peers that
 * agreed on "true binary metadata" (gRPC proposal G1), a zero byte and then the bytes themselves.
 */
import { decodeBase64, encodeBase64 } from "../bytes/base64.js";

/** A header field, as far as it matters here: `valueBytes` where the value is no UTF-8. */
export interface MetadataField {
  readonly name: string;
  readonly value: string;
  readonly valueBytes: Uint8Array | null;
}

const utf8 = new TextEncoder();

/** The value as a record shows it: "-bin" values are base64, however they were sent. */
export function metadataText(field: MetadataField): string {
  const raw = isBinaryName(field.name) ? trueBinary(field) : null;
  return raw === null ? field.value : encodeBase64(raw);
}

/** The bytes of a "-bin" value; null where it is neither base64 nor true binary. */
export function metadataBytes(field: MetadataField): Uint8Array | null {
  return trueBinary(field) ?? decodeBase64(field.value);
}

function isBinaryName(name: string): boolean {
  return name.endsWith("-bin");
}

function trueBinary({ value, valueBytes }: MetadataField): Uint8Array | null {
  if (value.charCodeAt(0) !== 0) return null;
  return (valueBytes ?? utf8.encode(value)).slice(1);
}
