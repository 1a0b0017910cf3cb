/** Schema files that are always there, whatever the user gave: those that gRPC traffic refers to. */
import type { ProtoFile } from "../parse-proto.js";
import { CHANNELZ } from "./channelz.js";
import { DESCRIPTOR } from "./descriptor.js";
import { API, SOURCE_CONTEXT, TYPE } from "./google-protobuf.js";
import { ERROR_DETAILS, STATUS } from "./google-rpc.js";
import { HEALTH, REFLECTION_V1, REFLECTION_V1ALPHA } from "./grpc.js";

export const BUNDLED: readonly ProtoFile[] = [
  { path: "google/protobuf/descriptor.proto", text: DESCRIPTOR },
  { path: "google/protobuf/source_context.proto", text: SOURCE_CONTEXT },
  { path: "google/protobuf/type.proto", text: TYPE },
  { path: "google/protobuf/api.proto", text: API },
  { path: "google/rpc/status.proto", text: STATUS },
  { path: "google/rpc/error_details.proto", text: ERROR_DETAILS },
  { path: "grpc/channelz/v1/channelz.proto", text: CHANNELZ },
  { path: "grpc/health/v1/health.proto", text: HEALTH },
  { path: "grpc/reflection/v1/reflection.proto", text: REFLECTION_V1 },
  { path: "grpc/reflection/v1alpha/reflection.proto", text: REFLECTION_V1ALPHA },
];

/** Those that protobufjs carries, by the names they declare in google.protobuf. */
export const COMMON: Readonly<Record<string, readonly string[]>> = {
  "google/protobuf/any.proto": ["Any"],
  "google/protobuf/duration.proto": ["Duration"],
  "google/protobuf/timestamp.proto": ["Timestamp"],
  "google/protobuf/empty.proto": ["Empty"],
  "google/protobuf/struct.proto": ["Struct", "Value", "NullValue", "ListValue"],
  "google/protobuf/wrappers.proto": [
    "DoubleValue",
    "FloatValue",
    "Int64Value",
    "UInt64Value",
    "Int32Value",
    "UInt32Value",
    "BoolValue",
    "StringValue",
    "BytesValue",
  ],
  "google/protobuf/field_mask.proto": ["FieldMask"],
};
