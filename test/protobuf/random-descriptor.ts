/** A random schema as a FileDescriptorSet, written independently of its .proto text. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { E0, IMPORTS, isPackable, oneofOf, type RandomField, type RandomSchema } from "./random-schema.js";

const WELL_KNOWN = [
  file_google_protobuf_timestamp,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_wrappers,
  file_google_protobuf_empty,
];

export function toDescriptorSet({ syntax, messages }: RandomSchema): FileDescriptorSet {
  const file = create(FileDescriptorProtoSchema, {
    name: "random.proto",
    package: "random.v1",
    syntax: syntax === "proto2" ? "" : syntax,
    dependency: IMPORTS.map((name) => `google/protobuf/${name}.proto`),
    enumType: [{ name: "E0", value: Object.entries(E0).map(([name, number]) => ({ name, number })) }],
    messageType: messages.map(({ name, fields }) => messageDescriptor(name, fields, syntax)),
  });
  return create(FileDescriptorSetSchema, { file: [...WELL_KNOWN.map(({ proto }) => proto), file] });
}

export function toDescriptorBytes(schema: RandomSchema): Uint8Array {
  return toBinary(FileDescriptorSetSchema, toDescriptorSet(schema));
}

function messageDescriptor(name: string, fields: readonly RandomField[], syntax: string): DescriptorProto {
  const optional = (plan: RandomField) => syntax === "proto3" && plan.shape === "optional";
  const oneofs = [...new Set(fields.map(oneofOf))].filter((oneof) => oneof !== null);
  // The oneofs behind proto3 `optional` come last.
  const synthetic = fields.filter(optional).map((plan) => `_${plan.name}`);
  const all = [...oneofs, ...synthetic];
  return create(DescriptorProtoSchema, {
    name,
    oneofDecl: all.map((oneof) => ({ name: oneof })),
    nestedType: fields.filter(({ shape }) => shape === "map").map(entryDescriptor),
    field: fields.map((plan) => {
      const oneof = optional(plan) ? `_${plan.name}` : oneofOf(plan);
      const repeated = plan.shape === "repeated" || plan.shape === "unpacked" || plan.shape === "map";
      return {
        name: plan.name,
        jsonName: jsonName(plan.name),
        number: plan.number,
        label: repeated ? Label.REPEATED : Label.OPTIONAL,
        ...(plan.shape === "map"
          ? { type: Type.MESSAGE, typeName: `.random.v1.${name}.${entryName(plan)}` }
          : typeDescriptor(plan.type)),
        ...(oneof === null ? {} : { oneofIndex: all.indexOf(oneof) }),
        ...(optional(plan) ? { proto3Optional: true } : {}),
        ...(repeated && plan.shape !== "map" && isPackable(plan.type)
          ? { options: { packed: plan.shape === "repeated" } }
          : {}),
      };
    }),
  });
}

/** As protoc fills it in. */
function jsonName(name: string): string {
  let result = "";
  for (let i = 0, capital = false; i < name.length; i++) {
    if (name[i] === "_") capital = true;
    else {
      result += capital ? name[i].toUpperCase() : name[i];
      capital = false;
    }
  }
  return result;
}

function entryName({ name }: RandomField): string {
  return `${name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}

function entryDescriptor(plan: RandomField): DescriptorProto {
  const field = (name: string, number: number, type: string) =>
    create(FieldDescriptorProtoSchema, {
      name,
      jsonName: name,
      number,
      label: Label.OPTIONAL,
      ...typeDescriptor(type),
    });
  return create(DescriptorProtoSchema, {
    name: entryName(plan),
    options: { mapEntry: true },
    field: [field("key", 1, plan.key), field("value", 2, plan.type)],
  });
}

function typeDescriptor(type: string): { type: Type; typeName?: string } {
  if (type === "E0") return { type: Type.ENUM, typeName: ".random.v1.E0" };
  if (type.startsWith("google.")) return { type: Type.MESSAGE, typeName: `.${type}` };
  if (/^M\d/.test(type)) return { type: Type.MESSAGE, typeName: `.random.v1.${type}` };
  return { type: Type[type.toUpperCase() as keyof typeof Type] };
}
