/**
 * `npm run serve`: the calculator as a gRPC server, with health checking and server reflection. It says where it listens, then one
 * line per call of the calculator.
 */

import { fileURLToPath } from "node:url";
import { type handleUnaryCall, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { DEFAULT_PORT, formatAddress } from "./address.js";
import { loadCalFile, type Numbers, parseProto, type ResultReply, toServiceDefinition } from "./cal-service.js";
import { HEALTH_PROTO } from "./grpc-protos.js";
import { createHealth } from "./health.js";
import { isInt32 } from "./int32.js";
import { createReflection } from "./reflection.js";
import { commandLine, runMain, UsageError } from "./usage.js";

/** `::` takes IPv4 clients too; `0.0.0.0` where the system has no IPv6. */
const DEFAULT_HOSTS = ["::", "0.0.0.0"];

/** Calls that still run when the server is told to stop get this long. */
const SHUTDOWN_GRACE_MS = 3_000;

const PARENT_POLL_MS = 100;

await runMain(serve);

async function serve(args: readonly string[]): Promise<void> {
  const options = await commandLine("npm run serve -- [--host HOST] [--port PORT] [--inspect]", args)
    .option("host", { type: "string", requiresArg: true, describe: "address to listen on  [default: :: and IPv4]" })
    .option("port", {
      type: "string",
      requiresArg: true,
      default: String(DEFAULT_PORT),
      describe: "0: any free one",
    })
    .option("inspect", { type: "boolean", describe: "show its calls as they are on its own sockets" })
    .demandCommand(0, 0)
    .parseAsync();
  if (options.help) {
    return;
  }
  const port = parseListenPort(options.port);
  if (options.inspect) await showOwnCalls();
  const server = new Server();
  const cal = loadCalFile();
  server.addService(toServiceDefinition(cal, "Cal"), {
    Add: unary("Add function called", "+", (a, b) => a + b),
    Multiply: unary("Multiply service called", "*", (a, b) => a * b),
  });
  const health = parseProto(HEALTH_PROTO);
  const aboutItself = [
    createHealth(health, ["Cal"]),
    ...createReflection([
      { name: "SimpleCal.proto", root: cal },
      { name: "grpc/health/v1/health.proto", root: health },
    ]),
  ];
  for (const { definition, implementation } of aboutItself) server.addService(definition, implementation);
  const bound = await listen(server, options.host ? [options.host] : DEFAULT_HOSTS, port);
  console.log(`grpc server start... ${bound}`);
  stopOnSignals(server);
}

/** The package is used as any program would use it, and only when it is asked for. */
async function showOwnCalls(): Promise<void> {
  const { createLiveTextOutput, noPaint } = await import("cal-inspect");
  const { inspectProcess, loadSchema } = await import("cal-inspect/node");
  const proto = fileURLToPath(new URL("../../proto/SimpleCal.proto", import.meta.url));
  const write = (text: string | Uint8Array) => process.stdout.write(text);
  const output = createLiveTextOutput(write, { width: process.stdout.columns ?? 100, paint: noPaint, verbose: false });
  inspectProcess({ schema: loadSchema({ proto: [proto] }).schema, clients: false, ...output });
}

function parseListenPort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) {
    throw new UsageError(`--port takes a number from 0 to 65535, not "${text}"`);
  }
  return port;
}

function unary(
  line: string,
  operator: string,
  calculate: (number1: number, number2: number) => number,
): handleUnaryCall<Numbers, ResultReply> {
  return ({ request: { number1, number2 } }, callback) => {
    console.log(line);
    const number = calculate(number1, number2);
    if (isInt32(number)) {
      callback(null, { number });
      return;
    }
    callback({ code: status.OUT_OF_RANGE, details: `${number1} ${operator} ${number2} is outside the range of int32` });
  };
}

/** The address that was bound, as text. */
async function listen(server: Server, hosts: readonly string[], port: number): Promise<string> {
  for (const [index, host] of hosts.entries()) {
    const address = formatAddress({ host: host.replace(/^\[(.*)\]$/, "$1"), port });
    try {
      const boundPort = await bind(server, address);
      return address.replace(/[0-9]+$/, String(boundPort));
    } catch (error) {
      const reason = (error as Error).message;
      if (reason.includes("EAFNOSUPPORT") && index + 1 < hosts.length) {
        continue;
      }
      throw new Error(explainBindError(address, port, reason));
    }
  }
  throw new Error("no host to listen on");
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) {
        reject(error);
        return;
      }
      resolve(port);
    });
  });
}

function explainBindError(address: string, port: number, reason: string): string {
  if (reason.includes("EADDRINUSE")) {
    return `port ${port} is taken: another program listens there (${address}); stop it, or choose another port with --port`;
  }
  if (reason.includes("EACCES")) {
    return `not allowed to listen on ${address}: choose a port above 1023 with --port`;
  }
  return `cannot listen on ${address}: ${/errors: \[(.*)\]$/.exec(reason)?.[1] ?? reason}`;
}

/** Calls that run are finished; a second signal (npm passes on what the terminal has sent already) changes nothing. */
function stopOnSignals(server: Server): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) {
      return;
    }
    stopping = true;
    server.tryShutdown(() => process.exit(0));
    setTimeout(() => {
      server.forceShutdown();
      process.exit(0);
    }, SHUTDOWN_GRACE_MS);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  if (process.env.npm_lifecycle_event !== undefined) onParentEnd(stop);
}

/** A SIGTERM that npm gets ends npm and the shell between the two: the server learns it from its parent, which is another then. */
function onParentEnd(stop: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_POLL_MS).unref();
}
