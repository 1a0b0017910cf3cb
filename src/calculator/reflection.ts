/**
 * Server reflection (grpc/reflection/v1/reflection.proto, and v1alpha): which services there are, and the descriptors of their
 * files. Names without a package are names like any other.
 */

import {
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { parseProto, toServiceDefinition } from "./cal-service.js";
import { reflectionProto } from "./grpc-protos.js";

/** A file whose services, messages and enums are told. */
export interface ReflectedFile {
  /** "SimpleCal.proto". */
  readonly name: string;
  readonly root: protobuf.Root;
}

interface Request {
  readonly host?: string;
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
  readonly fileContainingExtension?: object;
  readonly allExtensionNumbersOfType?: string;
  readonly listServices?: string;
  readonly messageRequest?: keyof Request;
}

interface ReflectionService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** Reflection in both versions, of `files` and of itself. */
export function createReflection(files: readonly ReflectedFile[]): ReflectionService[] {
  const versions = (["v1", "v1alpha"] as const).map((version) => ({
    name: `grpc/reflection/${version}/reflection.proto`,
    root: parseProto(reflectionProto(version)),
    service: `grpc.reflection.${version}.ServerReflection`,
  }));
  const index = new FileIndex([...files, ...versions]);
  return versions.map(({ root, service }) => ({
    definition: toServiceDefinition(root, service),
    implementation: {
      ServerReflectionInfo: (stream: ServerDuplexStream<Request, object>) => {
        stream.on("data", (request: Request) =>
          stream.write({ validHost: request.host, originalRequest: request, ...index.answer(request) }),
        );
        stream.on("end", () => stream.end());
      },
    },
  }));
}

class FileIndex {
  private readonly services: string[] = [];
  private readonly byName = new Map<string, Uint8Array>();
  /** Full names of services, methods, messages, fields and enums → the file. */
  private readonly bySymbol = new Map<string, Uint8Array>();

  constructor(files: readonly ReflectedFile[]) {
    for (const { name, root } of files) {
      const bytes = describe(name, root);
      this.byName.set(name, bytes);
      this.add(root, bytes);
    }
  }

  private add(object: protobuf.ReflectionObject, bytes: Uint8Array): void {
    const fullName = object.fullName.slice(1);
    if (object instanceof protobuf.Service) this.services.push(fullName);
    if (!(object instanceof protobuf.Root)) this.bySymbol.set(fullName, bytes);
    if (object instanceof protobuf.Service) for (const method of object.methodsArray) this.add(method, bytes);
    if (object instanceof protobuf.Type) for (const field of object.fieldsArray) this.add(field, bytes);
    if (object instanceof protobuf.Namespace) for (const nested of object.nestedArray) this.add(nested, bytes);
  }

  /** One `message_response` for each `message_request`. */
  answer(request: Request): object {
    switch (request.messageRequest) {
      case "listServices":
        return { listServicesResponse: { service: this.services.map((name) => ({ name })) } };
      case "fileByFilename":
        return fileResponse(this.byName.get(request.fileByFilename!), request.fileByFilename!);
      case "fileContainingSymbol":
        return fileResponse(this.bySymbol.get(request.fileContainingSymbol!), request.fileContainingSymbol!);
      case "allExtensionNumbersOfType": {
        const type = request.allExtensionNumbersOfType!;
        if (!this.bySymbol.has(type)) return errorResponse(status.NOT_FOUND, `there is no type ${type}`);
        return { allExtensionNumbersResponse: { baseTypeName: type } };
      }
      case "fileContainingExtension":
        return errorResponse(status.NOT_FOUND, "there are no extensions");
      default:
        return errorResponse(status.INVALID_ARGUMENT, "the request asks for nothing");
    }
  }
}

function fileResponse(bytes: Uint8Array | undefined, name: string): object {
  if (bytes === undefined) return errorResponse(status.NOT_FOUND, `there is no ${name}`);
  return { fileDescriptorResponse: { fileDescriptorProto: [bytes] } };
}

function errorResponse(errorCode: number, errorMessage: string): object {
  return { errorResponse: { errorCode, errorMessage } };
}

/** The FileDescriptorProto of a root that holds one file without imports. */
function describe(name: string, root: protobuf.Root): Uint8Array {
  const [file] = root.toDescriptor("proto3").file ?? [];
  for (const message of file.messageType ?? [])
    for (const field of message.field ?? []) {
      const { resolvedType } = root.lookupType(`${file.package ?? ""}.${message.name}`).fields[
        toCamelCase(field.name!)
      ];
      // protobufjs names types as the field does; readers expect them from the root on.
      if (resolvedType) field.typeName = resolvedType.fullName;
    }
  const { FileDescriptorProto } = descriptor as unknown as { FileDescriptorProto: protobuf.Type };
  return FileDescriptorProto.encode(FileDescriptorProto.create({ ...file, name })).finish();
}

/** As protobufjs names fields unless it is told to keep their case. */
function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
