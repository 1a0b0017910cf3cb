/**
 * A grpc-js client that makes exactly the calls it is told to, over one connection:
 * `caller.js HOST:PORT '[["Add", 100, 300], …]' [together]`. Prints one JSON object per call, in the order given.
 */

import { fileURLToPath } from "node:url";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { loadService } from "../support/grpc-service.js";
import type { LoggedCall } from "./peers-log.js";

type Wish = [method: "Add" | "Multiply", number1: number, number2: number];

const [target, wishesJson, together] = process.argv.slice(2);
const wishes: Wish[] = JSON.parse(wishesJson!);
const service = loadService(fileURLToPath(new URL("../../proto/SimpleCal.proto", import.meta.url)), "Cal");
const client = new Client(target!, credentials.createInsecure());

if (together !== undefined) {
  print(await Promise.all(wishes.map(call)));
} else {
  for (const wish of wishes) {
    print([await call(wish)]);
  }
}
client.close();

function print(calls: LoggedCall[]): void {
  for (const logged of calls) {
    console.log(JSON.stringify(logged));
  }
}

function call([name, number1, number2]: Wish): Promise<LoggedCall> {
  const { path, requestSerialize, responseDeserialize } = service[name]!;
  const request = { number1, number2 };
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      (error: ServiceError | null, reply) => {
        resolve({
          path,
          request,
          response: error ? null : { number: (reply as { number: number }).number },
          status: { code: error?.code ?? 0, name: status[error?.code ?? 0]!, message: error?.details ?? "" },
        });
      },
    );
  });
}
