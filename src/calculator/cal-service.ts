/**
 * The .proto files of the calculator → the service definitions that @grpc/grpc-js takes, for the server and the client alike.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import protobuf from "protobufjs";

/** AddRequest and MultiplyRequest. */
export interface Numbers {
  number1: number;
  number2: number;
}

export interface ResultReply {
  number: number;
}

export type CalMethod = MethodDefinition<Numbers, ResultReply>;

/** Found from this file's own place, in the sources, in dist/ and when installed. */
const PROTO_FILE = fileURLToPath(new URL("../../proto/SimpleCal.proto", import.meta.url));

export function loadCalFile(): protobuf.Root {
  return parseProto(readFileSync(PROTO_FILE, "utf8"));
}

export function parseProto(text: string): protobuf.Root {
  const root = new protobuf.Root();
  protobuf.parse(text, root);
  root.resolveAll();
  return root;
}

export function loadCalService(): { Add: CalMethod; Multiply: CalMethod } {
  return toServiceDefinition(loadCalFile(), "Cal") as unknown as { Add: CalMethod; Multiply: CalMethod };
}

export function toServiceDefinition(root: protobuf.Root, name: string): ServiceDefinition {
  const service = root.lookupService(name);
  return Object.fromEntries(service.methodsArray.map((method) => [method.name, toMethodDefinition(service, method)]));
}

function toMethodDefinition(service: protobuf.Service, method: protobuf.Method): MethodDefinition<object, object> {
  const request = service.lookupType(method.requestType);
  const response = service.lookupType(method.responseType);
  return {
    path: `/${service.fullName.slice(1)}/${method.name}`,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: (value) => encode(request, value),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (value) => encode(response, value),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

function encode(type: protobuf.Type, value: object): Buffer {
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}
