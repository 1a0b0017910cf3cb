/** MessageType → MessagePlan: all that the transcoder asks of a type, laid out for one array lookup per record. */
import { type Label, labelOf } from "../../bytes/byte-writer.js";
import { formOf, isAny, wellKnownName } from "../exact/well-known.js";
import { wireTypeOf } from "../scalar-json.js";
import type { EnumType, FieldType, MessageType } from "../types.js";

/** How the value of a field is written: `kind` is the place in this list. */
export const KINDS: readonly FieldType["type"][] = [
  "int32",
  "uint32",
  "sint32",
  "int64",
  "uint64",
  "sint64",
  "bool",
  "enum",
  "fixed32",
  "sfixed32",
  "float",
  "fixed64",
  "sfixed64",
  "double",
  "string",
  "bytes",
  "message",
];

/** How a message is written: as an object of its fields, as a well-known type, or by the exact path. */
export const Form = {
  Object: 0,
  Timestamp: 1,
  Duration: 2,
  Wrapper: 3,
  Struct: 4,
  Value: 5,
  ListValue: 6,
  Any: 7,
  Unusual: 8,
} as const;
export type Form = (typeof Form)[keyof typeof Form];

const FORMS: Readonly<Record<string, Form>> = {
  Timestamp: Form.Timestamp,
  Duration: Form.Duration,
  Struct: Form.Struct,
  Value: Form.Value,
  ListValue: Form.ListValue,
  FieldMask: Form.Unusual,
};

/** Numbers up to this are looked up in an array; wider tables would cost more memory than they save time. */
const MAX_TABLE = 1024;
/** One bit each in an integer. */
const MAX_ONEOFS = 31;

export interface FieldPlan {
  readonly kind: number;
  /** What a tag of it holds in its low three bits, when it is not packed. */
  readonly wireType: number;
  readonly repeated: boolean;
  readonly map: boolean;
  readonly presence: boolean;
  readonly required: boolean;
  /** Position in the order of declaration. */
  readonly index: number;
  /** One bit; 0 outside any oneof. */
  readonly oneofBit: number;
  /** `,"jsonName":` */
  readonly label: Label;
  /** Of an enum: number → its JSON. */
  readonly names: ReadonlyMap<number, Label> | null;
  readonly message: MessageType | null;
  /** Plan of `message`, made when it is first needed: types may hold themselves. */
  plan: MessagePlan | null;
}

export interface MessagePlan {
  readonly form: Form;
  readonly table: readonly (FieldPlan | undefined)[];
  /** Fields whose number is past the table. */
  readonly far: ReadonlyMap<number, FieldPlan>;
  /** How many fields are required. */
  readonly required: number;
  /** The order of declaration, which the JSON has, is not that of the numbers, which the wire has. */
  readonly shuffled: boolean;
}

const plans = new WeakMap<MessageType, MessagePlan>();

export function planOf(type: MessageType): MessagePlan {
  let plan = plans.get(type);
  if (plan === undefined) plans.set(type, (plan = makePlan(type)));
  return plan;
}

function makePlan(type: MessageType): MessagePlan {
  const table: (FieldPlan | undefined)[] = [undefined];
  const far = new Map<number, FieldPlan>();
  const oneofs = new Map<string, number>();
  const form = formOfPlan(type);
  for (const [index, field] of type.fields.entries()) {
    if (field.oneof !== null && !oneofs.has(field.oneof)) oneofs.set(field.oneof, 1 << oneofs.size);
    // A Struct is its map and a ListValue its list: nothing is written in front.
    const label = form === Form.Object ? `,${JSON.stringify(field.jsonName)}:` : "";
    const plan = fieldPlan(field, index, oneofs.get(field.oneof ?? "") ?? 0, label);
    if (field.number > MAX_TABLE) far.set(field.number, plan);
    else {
      while (table.length <= field.number) table.push(undefined);
      table[field.number] = plan;
    }
  }
  const required = type.fields.filter((field) => field.required).length;
  const shuffled = type.fields.some(({ number }, i) => i > 0 && number < type.fields[i - 1].number);
  return { form: oneofs.size <= MAX_ONEOFS ? form : Form.Unusual, table, far, required, shuffled };
}

function formOfPlan(type: MessageType): Form {
  if (type.fields.some((field) => field.type === "group")) return Form.Unusual;
  if (isAny(type)) return Form.Any;
  return formOf(type) === null ? Form.Object : (FORMS[wellKnownName(type) ?? ""] ?? Form.Wrapper);
}

function fieldPlan(field: FieldType, index: number, oneofBit: number, label: string): FieldPlan {
  return {
    kind: KINDS.indexOf(field.type),
    wireType: wireTypeOf(field.type),
    repeated: field.repeated,
    map: field.map,
    presence: field.presence,
    required: field.required,
    index,
    oneofBit,
    label: labelOf(label),
    names: field.enumType === null ? null : enumNames(field.enumType),
    message: field.messageType,
    plan: null,
  };
}

function enumNames(type: EnumType): Map<number, Label> {
  const isNull = type.fullName === "google.protobuf.NullValue";
  return new Map([...type.names].map(([number, name]) => [number, labelOf(isNull ? "null" : JSON.stringify(name))]));
}
