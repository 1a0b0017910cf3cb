/** The calculator with Python grpcio peers of the same .proto, both ways round. */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeWithPeers, PYTHON } from "../support/peers.js";
import { type Running, run, start } from "../support/processes.js";

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

describeWithPeers(["python"], "Python client, our server", () => {
  let server: Running;
  let address: string;

  beforeAll(async () => {
    server = start("node", ["dist/calculator/server.js", "--port", "0"]);
    address = `127.0.0.1:${(await server.waitFor(/:([0-9]+)\n/))[1]}`;
  });
  afterAll(async () => {
    await server.stop();
  });

  test("gets results and refusals", async () => {
    const calls = [
      ["Add", 100, 300, 400],
      ["Multiply", 100, 300, 30_000],
      ["Add", 7, -3, 4],
      ["Multiply", 0, -3, 0],
      ["Add", INT32_MAX, INT32_MIN, -1],
      ["Add", INT32_MAX, 1, `${INT32_MAX} + 1 is outside the range of int32`],
      ["Multiply", INT32_MIN, INT32_MIN, `${INT32_MIN} * ${INT32_MIN} is outside the range of int32`],
    ] as const;
    const wishes = JSON.stringify(calls.map(([method, number1, number2]) => [method, number1, number2]));
    const { status, stdout, stderr } = await run(PYTHON, ["test/interop/python/client.py", address, wishes]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(
      calls.map(([method, number1, number2, result]) => ({
        path: `/Cal/${method}`,
        request: { number1, number2 },
        response: typeof result === "number" ? { number: result } : null,
        status:
          typeof result === "number"
            ? { code: 0, name: "OK", message: "" }
            : { code: 11, name: "OUT_OF_RANGE", message: result },
      })),
    );
    expect(server.stdout.trimEnd().split("\n").slice(1)).toEqual(
      calls.map(([method]) => (method === "Add" ? "Add function called" : "Multiply service called")),
    );
  });
});

describeWithPeers(["python"], "our client, Python server", () => {
  let server: Running;
  let address: string;

  beforeAll(async () => {
    server = start(PYTHON, ["test/interop/python/server.py"]);
    address = `127.0.0.1:${(await server.waitFor(/^listening ([0-9]+)\n/))[1]}`;
  });
  afterAll(async () => {
    await server.stop();
  });

  test.each([
    [["7", "-3"], 0, "7 + -3 = 4\n7 * -3 = -21\n", ""],
    [["0", "0"], 0, "0 + 0 = 0\n0 * 0 = 0\n", ""],
    [
      ["65536", "-65536"],
      1,
      "65536 + -65536 = 0\n",
      "Multiply failed: OUT_OF_RANGE: 65536 * -65536 is outside the range of int32\n",
    ],
  ])("%j", async (numbers, status, stdout, stderr) => {
    const before = server.stdout.length;
    const finished = await run("node", ["dist/calculator/client.js", "--address", address, ...numbers]);
    expect(finished).toEqual({ status, stdout, stderr });
    const [number1, number2] = numbers.map(Number);
    expect(
      server.stdout
        .slice(before)
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { method: "Add", number1, number2 },
      { method: "Multiply", number1, number2 },
    ]);
  });
});
