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

/**
 * The bytes of a "-bin" value; null where it is neither base64 nor true binary. Of several, joined by commas, the first.
 */
export function metadataBytes(field: MetadataField): Uint8Array | null {
  return allMetadataBytes(field)[0].bytes;
}

/**
 * Each of the values that stand in one field: "Implementations must split Binary-Headers on "," before decoding". There is one at
 * least; `bytes` null: `text` is no base64.
 */
export function allMetadataBytes(field: MetadataField): { text: string; bytes: Uint8Array | null }[] {
  const raw = trueBinary(field);
  if (raw !== null) return [{ text: field.value, bytes: raw }];
  return field.value.split(",").map((part) => {
    const text = part.trim();
    return { text, bytes: decodeBase64(text) };
  });
}

export function isBinaryName(name: string): boolean {
  return name.endsWith("-bin");
}

function trueBinary({ value, valueBytes }: MetadataField): Uint8Array | null {
  if (value.charCodeAt(0) !== 0) return null;
  return (valueBytes ?? utf8.encode(value)).slice(1);
}
