/** What the peers printed while a capture was recorded → captures/peers.json, which tests hold decoded calls against. */

import { status } from "@grpc/grpc-js";
import { lines } from "../support/processes.js";

/** One call as a client logged it. */
export interface LoggedCall {
  path: string;
  request: { number1: number; number2: number };
  response: { number: number } | null;
  status: { code: number; name: string; message: string };
}

/** One call on the wire: a call through a proxy is two of them. */
export interface WireCall extends LoggedCall {
  /** Who sent it: "calculator client", "grpc-js", "Python grpcio" or "nginx". */
  client: string;
  /** Where it went, as `host:port`. */
  server: string;
}

export interface PeersLog {
  /** In the order in which the calls began. */
  calls: WireCall[];
  /** TCP connections in the capture. */
  connections: number;
  /** What each server printed, by its address. */
  servers: Record<string, string[]>;
}

const RESULT = /^(-?\d+) ([+*]) (-?\d+) = (-?\d+)$/;
const FAILURE = /^(Add|Multiply) failed: ([A-Z_]+): ((-?\d+) [+*] (-?\d+) .*)$/;

/** The lines of `npm run client`: results on standard output, failures on standard error, Add before Multiply. */
export function readCalculatorClient(stdout: string, stderr: string): LoggedCall[] {
  const calls = [...lines(stdout).map(readResult), ...lines(stderr).map(readFailure)];
  return calls.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `buf curl`: the response as JSON on standard output, or an error as JSON on standard error. */
export function readBufCurl(
  path: string,
  request: { number1: number; number2: number },
  stdout: string,
  stderr: string,
): LoggedCall {
  if (stdout !== "") {
    const { number = 0 } = JSON.parse(stdout);
    return { path, request, response: { number }, status: { code: 0, name: "OK", message: "" } };
  }
  const { code, message } = JSON.parse(stderr) as { code: string; message: string };
  const name = code.toUpperCase();
  return { path, request, response: null, status: { code: status[name as "UNKNOWN"], name, message } };
}

function readResult(line: string): LoggedCall {
  const match = RESULT.exec(line);
  if (match === null) {
    throw new Error(`not a result of the calculator: ${line}`);
  }
  const [, number1, operator, number2, number] = match;
  return {
    path: operator === "+" ? "/Cal/Add" : "/Cal/Multiply",
    request: { number1: Number(number1), number2: Number(number2) },
    response: { number: Number(number) },
    status: { code: 0, name: "OK", message: "" },
  };
}

function readFailure(line: string): LoggedCall {
  const match = FAILURE.exec(line);
  if (match === null) {
    throw new Error(`not a failure of the calculator: ${line}`);
  }
  const [, method, name, message, number1, number2] = match;
  return {
    path: `/Cal/${method}`,
    request: { number1: Number(number1), number2: Number(number2) },
    response: null,
    status: { code: status[name as keyof typeof status], name: name!, message: message! },
  };
}
