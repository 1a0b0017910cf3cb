/** `peer-client.js WORKLOAD PORT`: makes a workload's calls and prints how many, and the bytes of their messages, as JSON. */

import { Client, credentials } from "@grpc/grpc-js";
import { loadService } from "../support/grpc-service.js";
import { WORKLOADS } from "./workloads.js";

/** What the client saw of its own calls. */
export interface ClientLog {
  calls: number;
  /** Protobuf bytes of all requests and replies, without the 5-byte prefixes. */
  messageBytes: number;
}

const [name, port] = process.argv.slice(2);
const workload = WORKLOADS.find((one) => one.name === name)!;
const { path, requestSerialize, responseDeserialize } = loadService(workload.protoFile, workload.service)[
  workload.method
]!;
const log: ClientLog = { calls: 0, messageBytes: 0 };
let started = 0;

await Promise.all(Array.from({ length: workload.connections }, useConnection));
console.log(JSON.stringify(log));

async function useConnection(): Promise<void> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const worker = async (): Promise<void> => {
    while (started < workload.calls) {
      await call(client, started++);
    }
  };
  await Promise.all(Array.from({ length: workload.concurrency }, worker));
  client.close();
}

function call(client: Client, index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, serialize, deserialize, workload.request(index), (error) => {
      if (error) {
        reject(error);
        return;
      }
      log.calls++;
      resolve();
    });
  });
}

function serialize(value: object): Buffer {
  const bytes = requestSerialize(value);
  log.messageBytes += bytes.length;
  return bytes;
}

function deserialize(bytes: Buffer): object {
  log.messageBytes += bytes.length;
  return responseDeserialize(bytes);
}
