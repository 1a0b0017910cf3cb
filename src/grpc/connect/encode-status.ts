/** A status with details → the bytes of a google.rpc.Status, as grpc-status-details-bin carries them. */

export interface StatusDetail {
  /** Full name of the message: "google.rpc.RetryInfo". */
  readonly type: string;
  readonly value: Uint8Array;
}

const utf8 = new TextEncoder();

// google/rpc/status.proto: int32 code = 1, string message = 2, repeated google.protobuf.Any details = 3.
// google/protobuf/any.proto: string type_url = 1, bytes value = 2.
export function encodeStatus(code: number, message: string, details: readonly StatusDetail[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x08), varint(code), field(2, utf8.encode(message))];
  for (const { type, value } of details) {
    const url = field(1, utf8.encode(type.includes("/") ? type : `type.googleapis.com/${type}`));
    parts.push(field(3, joined([url, field(2, value)])));
  }
  return joined(parts);
}

function field(number: number, value: Uint8Array): Uint8Array {
  return joined([Uint8Array.of((number << 3) | 2), varint(value.length), value]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
