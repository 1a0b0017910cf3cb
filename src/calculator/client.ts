/**
 * `npm run client`: calls Add and Multiply of a calculator server and prints the results.
 */

import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { DEFAULT_PORT, formatAddress, parseAddress } from "./address.js";
import { type CalMethod, loadCalService, type Numbers, type ResultReply } from "./cal-service.js";
import { INT32_MAX, INT32_MIN, parseInt32 } from "./int32.js";
import { commandLine, runMain, UsageError } from "./usage.js";

const DEFAULT_NUMBERS = ["100", "300"];

/** A server that does not answer at all (a firewall, another protocol) is given up after this. */
const DEADLINE_MS = 5_000;

await runMain(calculate);

async function calculate(args: readonly string[]): Promise<void> {
  refuseBadNegatives(args);
  const options = await commandLine("npm run client -- [NUMBER NUMBER] [--address HOST:PORT]", args)
    .option("address", {
      type: "string",
      requiresArg: true,
      default: `localhost:${DEFAULT_PORT}`,
      describe: "the server",
    })
    .parseAsync();
  if (options.help) {
    return;
  }
  const numbers = parseNumbers(options._.map(String));
  const address = parseAddress(options.address);
  if (address === null) {
    throw new UsageError(`--address takes host:port, as in localhost:${DEFAULT_PORT}, not "${options.address}"`);
  }
  const target = formatAddress(address);
  const client = new Client(target, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  const service = loadCalService();
  try {
    await show(client, target, "Add", service.Add, "+", numbers);
    await show(client, target, "Multiply", service.Multiply, "*", numbers);
  } finally {
    client.close();
  }
}

/** "-3" is a number to yargs, but "-3x" and "-1e3" are options to it, with a message that would puzzle. */
function refuseBadNegatives(args: readonly string[]): void {
  for (const text of args) {
    if (/^-[.0-9]/.test(text)) {
      toInt32(text);
    }
  }
}

function parseNumbers(given: readonly string[]): Numbers {
  const texts = given.length === 0 ? DEFAULT_NUMBERS : given;
  if (texts.length !== 2) {
    throw new UsageError(`give two numbers or none, not ${texts.length}`);
  }
  return { number1: toInt32(texts[0]!), number2: toInt32(texts[1]!) };
}

function toInt32(text: string): number {
  const number = parseInt32(text);
  if (number === null) {
    throw new UsageError(`"${text}" is no int32: a whole number from ${INT32_MIN} to ${INT32_MAX} is needed`);
  }
  return number;
}

/** Prints the result. What the server refuses is told and the next call still made; without a server it ends here. */
async function show(
  client: Client,
  target: string,
  name: string,
  method: CalMethod,
  operator: string,
  numbers: Numbers,
): Promise<void> {
  try {
    const { number } = await call(client, method, numbers);
    console.log(`${numbers.number1} ${operator} ${numbers.number2} = ${number}`);
  } catch (error) {
    const { code, details } = error as ServiceError;
    if (code === status.UNAVAILABLE) {
      throw new Error(`no calculator server at ${target}: ${lastError(details)}`);
    }
    if (code === status.DEADLINE_EXCEEDED) {
      throw new Error(`no answer from ${target} within ${DEADLINE_MS / 1000} seconds`);
    }
    process.stderr.write(`${name} failed: ${status[code]}: ${details}\n`);
    process.exitCode = 1;
  }
}

function call(client: Client, method: CalMethod, numbers: Numbers): Promise<ResultReply> {
  return new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const deadline = Date.now() + DEADLINE_MS;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, numbers, { deadline }, (error, reply) => {
      if (error) {
        reject(error);
        return;
      }
      resolve(reply!);
    });
  });
}

/** "No connection established. Last error: Protocol error (2026-01-31T…Z). Resolution note: …" → "Protocol error" */
function lastError(details: string): string {
  return details
    .replace(/^.*Last error: (?:Error: )?/s, "")
    .replace(/\.? Resolution note:.*$/s, "")
    .replace(/ \(\d{4}-\d\d-[^)]*Z\)$/, "");
}
