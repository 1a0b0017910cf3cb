import type { DiagnosticKind } from "../diagnostic.js";

const STALE = "Check that the schema is the one the peers use.";

export const PROTOBUF = {
  PROTOBUF_MALFORMED: {
    severity: "error",
    scope: "message",
    sentence: "{type} does not decode at byte {at} of {size}: {reason}",
    spec: "protobuf encoding guide",
    advice: STALE,
  },
  PROTOBUF_WIRE_TYPE: {
    severity: "warning",
    scope: "field",
    sentence: "field {field} of {type} is {wireType} on the wire, {declared} in {place}",
    spec: "protobuf encoding guide, Message Structure",
    advice: STALE,
  },
  PROTOBUF_FIELD_UNKNOWN: {
    severity: "info",
    scope: "field",
    sentence: "field {field} of {type} ({wireType} on the wire) is not in {place}",
    spec: "protobuf proto3 guide, Unknown Fields",
    advice: "A peer knows a newer schema: give that one to see the field's name and value.",
  },
  PROTOBUF_ENUM_UNKNOWN: {
    severity: "info",
    scope: "field",
    sentence: "field {field} of {type} is {value}, which {enum} in {place} does not name",
    spec: "protobuf enum behavior guide",
    advice: "A peer knows a newer schema: give that one to see the name.",
  },
  PROTOBUF_UTF8_INVALID: {
    severity: "warning",
    scope: "field",
    sentence: "field {field} of {type} is no UTF-8 text on the wire, {declared} in {place}",
    spec: "protobuf encoding guide, Length-Delimited Records",
    advice: "The sender broke the rule, or the field is bytes: check that the schema is the one the peers use.",
  },
  PROTOBUF_VALUE_CUT: {
    severity: "warning",
    scope: "field",
    sentence: "field {field} of {type} is {value} on the wire, more than {declared} in {place} holds",
    spec: "protobuf encoding guide, Updating A Message Type",
    advice: STALE,
  },
  PROTOBUF_FIELD_OVERWRITTEN: {
    severity: "info",
    scope: "field",
    sentence: "field {field} of {type} is on the wire more than once: the last one counts",
    spec: "protobuf encoding guide, Last One Wins",
    advice: "",
  },
  PROTOBUF_ONEOF_OVERWRITTEN: {
    severity: "info",
    scope: "field",
    sentence: "oneof {oneof} of {type} is on the wire more than once: the last member, {field}, counts",
    spec: "protobuf encoding guide, Oneofs",
    advice: "",
  },
  PROTOBUF_MAP_KEY_OVERWRITTEN: {
    severity: "info",
    scope: "field",
    sentence: "map {field} of {type} has a key more than once: the last one counts",
    spec: "protobuf encoding guide, Maps",
    advice: "",
  },
  PROTOBUF_REQUIRED_MISSING: {
    severity: "info",
    scope: "field",
    sentence: "required field {field} of {type} ({place}) is not on the wire",
    spec: "protobuf proto2 guide, Specifying Field Rules",
    advice: STALE,
  },
  PROTOBUF_ANY_UNKNOWN: {
    severity: "info",
    scope: "field",
    sentence: 'an Any holds {url}, which the schema does not know: its bytes are shown as "value"',
    spec: "ProtoJSON, Any",
    advice: "Give the .proto file that declares the type.",
  },
  PROTOBUF_WELL_KNOWN_RANGE: {
    severity: "warning",
    scope: "field",
    sentence: "a {type} does not hold what its JSON form can tell: its fields are shown as they are",
    spec: "ProtoJSON",
    advice: "",
  },
  PROTOBUF_TOO_DEEP: {
    severity: "warning",
    scope: "message",
    sentence: "{type} lies more than {limit} messages deep: it is not decoded",
    spec: "",
    advice: "--limit maxProtobufDepth=N decodes deeper.",
  },
  PROTOBUF_TOO_MANY_FIELDS: {
    severity: "warning",
    scope: "message",
    sentence: "{type} has more than {limit} fields: those from byte {at} on are not decoded",
    spec: "",
    advice: "--limit maxProtobufFields=N decodes more.",
  },
} as const satisfies Record<string, DiagnosticKind>;
