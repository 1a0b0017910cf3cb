/** `peer-server.js WORKLOAD PORT`: answers a workload's calls on 127.0.0.1 until SIGTERM. */

import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";
import { loadService } from "../support/grpc-service.js";
import { WORKLOADS } from "./workloads.js";

const [name, port] = process.argv.slice(2);
const workload = WORKLOADS.find((one) => one.name === name)!;
const answer: handleUnaryCall<object, object> = ({ request }, callback) => callback(null, workload.reply(request));

const server = new Server();
server.addService(loadService(workload.protoFile, workload.service), { [workload.method]: answer });
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
  if (error) {
    throw error;
  }
  console.log("listening");
});
process.on("SIGTERM", () => server.tryShutdown(() => process.exit(0)));
