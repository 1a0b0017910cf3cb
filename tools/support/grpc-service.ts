/** A .proto file → the method definitions that @grpc/grpc-js takes, for the peers that the tools run. */

import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import protobuf from "protobufjs";

export type AnyMethod = MethodDefinition<object, object>;

export function loadService(protoFile: string, name: string): ServiceDefinition & Record<string, AnyMethod> {
  const service = new protobuf.Root().loadSync(protoFile).resolveAll().lookupService(name);
  return Object.fromEntries(service.methodsArray.map((method) => [method.name, toDefinition(service, method)]));
}

function toDefinition(service: protobuf.Service, method: protobuf.Method): AnyMethod {
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
