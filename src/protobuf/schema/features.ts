/** The features of an edition that change the wire or the JSON, and their defaults (protobuf editions, Feature Settings). */
import type { Edition } from "./declaration.js";

export interface Features {
  readonly field_presence: "EXPLICIT" | "IMPLICIT" | "LEGACY_REQUIRED";
  readonly enum_type: "OPEN" | "CLOSED";
  readonly repeated_field_encoding: "PACKED" | "EXPANDED";
  readonly message_encoding: "LENGTH_PREFIXED" | "DELIMITED";
}

const PROTO2: Features = {
  field_presence: "EXPLICIT",
  enum_type: "CLOSED",
  repeated_field_encoding: "EXPANDED",
  message_encoding: "LENGTH_PREFIXED",
};
const PROTO3: Features = {
  field_presence: "IMPLICIT",
  enum_type: "OPEN",
  repeated_field_encoding: "PACKED",
  message_encoding: "LENGTH_PREFIXED",
};
const EDITION_2023: Features = { ...PROTO3, field_presence: "EXPLICIT" };

/** Editions after 2023 did not change these. */
export function featuresOf(edition: Edition): Features {
  if (edition === "proto2") return PROTO2;
  return edition === "proto3" ? PROTO3 : EDITION_2023;
}

/** `own`: the `features` option of a file, message, field or enum, as parsed; keys of no interest are passed over. */
export function withFeatures(features: Features, own: unknown): Features {
  return typeof own === "object" && own !== null ? { ...features, ...own } : features;
}
