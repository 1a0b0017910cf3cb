/** Health checking (grpc/health/v1/health.proto): every service here serves as long as the server runs. */

import {
  type handleUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type protobuf from "protobufjs";
import { toServiceDefinition } from "./cal-service.js";

const SERVING = 1;
const SERVICE_UNKNOWN = 3;

interface CheckRequest {
  /** "" means the server as a whole. */
  readonly service: string;
}

export function createHealth(
  root: protobuf.Root,
  services: readonly string[],
): { definition: ServiceDefinition; implementation: UntypedServiceImplementation } {
  const isKnown = (service: string) => service === "" || services.includes(service);
  const check: handleUnaryCall<CheckRequest, object> = ({ request: { service } }, callback) => {
    if (isKnown(service)) callback(null, { status: SERVING });
    else callback({ code: status.NOT_FOUND, details: `there is no service ${service}` });
  };
  // "The server will immediately send back a message indicating the current serving status", and more when it changes.
  const watch = (stream: ServerWritableStream<CheckRequest, object>): void => {
    stream.write({ status: isKnown(stream.request.service) ? SERVING : SERVICE_UNKNOWN });
  };
  return {
    definition: toServiceDefinition(root, "grpc.health.v1.Health"),
    implementation: { Check: check, Watch: watch },
  };
}
