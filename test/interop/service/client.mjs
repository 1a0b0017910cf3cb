/**
 * gRPC's interop test client on grpc-js: client.mjs PORT. Runs the cases of interop-test-descriptions.md one behind the other, each call
 * with its case as the metadata "x-case", and prints `case code` for each call.
 */
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";

const root = protobuf.loadSync(fileURLToPath(new URL("test-service.proto", import.meta.url)));

function clientOf(serviceName, options = {}) {
  const service = root.lookupService(serviceName);
  const definition = Object.fromEntries(
    service.methodsArray.map(({ name, requestType, responseType, requestStream, responseStream }) => {
      const request = root.lookupType(`grpc.testing.${requestType}`);
      const response = root.lookupType(`grpc.testing.${responseType}`);
      const path = `/${serviceName}/${name}`;
      return [
        name,
        {
          path,
          requestStream: requestStream === true,
          responseStream: responseStream === true,
          requestSerialize: (value) => Buffer.from(request.encode(request.fromObject(value)).finish()),
          requestDeserialize: (bytes) => request.decode(bytes),
          responseSerialize: (value) => Buffer.from(response.encode(value).finish()),
          responseDeserialize: (bytes) => response.decode(bytes),
        },
      ];
    }),
  );
  const Client = grpc.makeGenericClientConstructor(definition, serviceName);
  return new Client(`127.0.0.1:${process.argv[2]}`, grpc.credentials.createInsecure(), options);
}

const test = clientOf("grpc.testing.TestService");
const compressing = (algorithm) =>
  clientOf("grpc.testing.TestService", {
    "grpc.default_compression_algorithm": algorithm,
    "grpc.use_local_subchannel_pool": 1,
  });
const deflating = compressing(1);
const gzipping = compressing(2);
const unimplemented = clientOf("grpc.testing.UnimplementedService");

const zeros = (size) => ({ body: Buffer.alloc(size) });
const LARGE = { responseSize: 314159, payload: zeros(271828) };
const metadataOf = (name, more = []) => {
  const metadata = new grpc.Metadata();
  metadata.set("x-case", name);
  for (const [key, value] of more) metadata.set(key, value);
  return metadata;
};

/** Prints the end of a call, and waits for it. */
function ended(name, call) {
  call.on("error", () => {});
  return new Promise((resolve) => {
    call.on("status", ({ code }) => {
      process.stdout.write(`${name} ${code}\n`);
      resolve();
    });
  });
}

const unary = (name, method, request, { client = test, metadata = [] } = {}) =>
  ended(
    name,
    client[method](request, metadataOf(name, metadata), () => {}),
  );

const input = (name) => test.StreamingInputCall(metadataOf(name), () => {});
const duplex = (name, { metadata = [], options = {} } = {}) => test.FullDuplexCall(metadataOf(name, metadata), options);

const CUSTOM = [
  ["x-grpc-test-echo-initial", "test_initial_metadata_value"],
  ["x-grpc-test-echo-trailing-bin", Buffer.from("ababab", "hex")],
];
const STATUS = { responseStatus: { code: 2, message: "test status message" } };

const CASES = {
  empty_unary: (name) => unary(name, "EmptyCall", {}),
  large_unary: (name) => unary(name, "UnaryCall", LARGE),
  client_compressed_unary: (name) =>
    unary(name, "UnaryCall", { ...LARGE, expectCompressed: { value: true } }, { client: gzipping }),
  server_compressed_unary: (name) => unary(name, "UnaryCall", { ...LARGE, responseCompressed: { value: true } }),
  // Not among the documented cases: the other encoding that both have, in both directions.
  deflated_unary: (name) =>
    unary(
      name,
      "UnaryCall",
      { ...LARGE, responseCompressed: { value: true } },
      { client: deflating, metadata: [["x-compression", "deflate"]] },
    ),
  client_streaming: (name) => {
    const call = input(name);
    for (const size of [27182, 8, 1828, 45904]) call.write({ payload: zeros(size) });
    call.end();
    return ended(name, call);
  },
  server_streaming: (name) => {
    const responseParameters = [31415, 9, 2653, 58979].map((size) => ({ size }));
    return ended(name, test.StreamingOutputCall({ responseParameters }, metadataOf(name)).resume());
  },
  server_compressed_streaming: (name) => {
    const responseParameters = [
      { size: 31415, compressed: { value: true } },
      { size: 92653, compressed: { value: false } },
    ];
    return ended(name, test.StreamingOutputCall({ responseParameters }, metadataOf(name)).resume());
  },
  ping_pong: (name) => {
    const call = duplex(name);
    const pings = [
      [31415, 27182],
      [9, 8],
      [2653, 1828],
      [58979, 45904],
    ];
    const next = () => {
      const ping = pings.shift();
      if (ping === undefined) call.end();
      else call.write({ responseParameters: [{ size: ping[0] }], payload: zeros(ping[1]) });
    };
    call.on("data", next);
    next();
    return ended(name, call);
  },
  empty_stream: (name) => {
    const call = duplex(name).resume();
    call.end();
    return ended(name, call);
  },
  custom_metadata: (name) => unary(name, "UnaryCall", LARGE, { metadata: CUSTOM }),
  custom_metadata_duplex: (name) => {
    const call = duplex(name, { metadata: CUSTOM }).resume();
    call.end({ responseParameters: [{ size: 314159 }], payload: zeros(271828) });
    return ended(name, call);
  },
  status_code_and_message: (name) => unary(name, "UnaryCall", STATUS),
  status_code_and_message_duplex: (name) => {
    const call = duplex(name).resume();
    call.end(STATUS);
    return ended(name, call);
  },
  special_status_message: (name) => {
    const message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
    return unary(name, "UnaryCall", { responseStatus: { code: 2, message } });
  },
  unimplemented_method: (name) => unary(name, "UnimplementedCall", {}),
  unimplemented_service: (name) => unary(name, "UnimplementedCall", {}, { client: unimplemented }),
  timeout_on_sleeping_server: (name) => {
    const call = duplex(name, { options: { deadline: Date.now() + 500 } }).resume();
    call.write({ responseParameters: [{ size: 9, intervalUs: 1_500_000 }], payload: zeros(27182) });
    return ended(name, call);
  },
};

await unary("first", "EmptyCall", {});
for (const [name, run] of Object.entries(CASES)) await run(name);
for (const client of [test, deflating, gzipping, unimplemented]) client.close();
