/**
 * proto/SimpleCal.proto → the service definition that @grpc/grpc-js takes, for the server and the client alike.
 */

import { fileURLToPath } from "node:url";
import type { MethodDefinition } from "@grpc/grpc-js";
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

export function loadCalService(): { Add: CalMethod; Multiply: CalMethod } {
  const service = new protobuf.Root().loadSync(PROTO_FILE).resolveAll().lookupService("Cal");
  return { Add: toMethodDefinition(service, "Add"), Multiply: toMethodDefinition(service, "Multiply") };
}

function toMethodDefinition(service: protobuf.Service, name: string): CalMethod {
  const method = service.methods[name]!;
  const request = service.lookupType(method.requestType);
  const response = service.lookupType(method.responseType);
  return {
    path: `/${service.fullName.slice(1)}/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value) => encode(request, value),
    requestDeserialize: (bytes) => request.decode(bytes) as unknown as Numbers,
    responseSerialize: (value) => encode(response, value),
    responseDeserialize: (bytes) => response.decode(bytes) as unknown as ResultReply,
  };
}

function encode(type: protobuf.Type, value: object): Buffer {
  return Buffer.from(type.encode(type.create(value)).finish());
}
