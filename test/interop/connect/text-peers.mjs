/**
 * gRPC-Web as text: the client is grpc-web, Google's own. Its servers are proxies (Envoy and the like); here one stands that does what they
 * do and no more: it takes base64 off requests and puts it onto what a connect-node server answers, each piece padded by itself.
 * Arguments: the port of the proxy, the descriptor set of talk.proto.
 */
import { once } from "node:events";
import * as http from "node:http";
import { fromBinary, fromJson, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import grpcWeb from "grpc-web";
import { json, log, routes, Say } from "./talk-service.mjs";
import { XMLHttpRequest } from "./xml-http-request.mjs";

const port = Number(process.argv[2]);

const server = http.createServer(connectNodeAdapter({ routes })).listen(0, "127.0.0.1");
await once(server, "listening");

const proxy = http.createServer((request, response) => {
  let text = "";
  request.setEncoding("latin1").on("data", (piece) => {
    text += piece;
  });
  request.on("end", () => {
    const headers = { ...request.headers, "content-type": "application/grpc-web+proto" };
    delete headers["content-length"];
    const url = `http://127.0.0.1:${server.address().port}${request.url}`;
    const onward = http.request(url, { method: request.method, headers }, (answer) => {
      const { "content-length": _, ...fields } = answer.headers;
      response.writeHead(answer.statusCode, { ...fields, "content-type": "application/grpc-web-text+proto" });
      answer.on("data", (piece) => response.write(piece.toString("base64")));
      answer.on("end", () => response.end());
    });
    onward.end(Buffer.from(text, "base64"));
  });
});
proxy.listen(port, "127.0.0.1");
await once(proxy, "listening");

globalThis.XMLHttpRequest = XMLHttpRequest;
const client = new grpcWeb.GrpcWebClientBase({ format: "text" });
const host = `http://127.0.0.1:${port}`;

function descriptorOf(name, type) {
  const serialize = (message) => toBinary(Say, message);
  return new grpcWeb.MethodDescriptor(`/talk.v1.Talk/${name}`, type, Object, Object, serialize, (bytes) =>
    fromBinary(Say, bytes),
  );
}

const ECHO = descriptorOf("Echo", grpcWeb.MethodType.UNARY);
const REPEAT = descriptorOf("Repeat", grpcWeb.MethodType.SERVER_STREAMING);
const REQUESTS = {
  plain: { words: ["añb", "c"], number: "12345678901234567", data: "AAECAw==", weights: { x: 0.5 } },
  empty: {},
  long: { words: Array.from({ length: 100 }, (_, i) => `word ${i % 7}`) },
  fails: { words: ["a", "b"], fail: Code.OutOfRange },
};

function callOnce(method, descriptor, name) {
  const call = `text: ${method} ${name}`;
  const entry = { method, responses: [], error: null };
  const request = fromJson(Say, REQUESTS[name]);
  const path = `${host}${descriptor.getName()}`;
  return new Promise((resolve) => {
    let isOver = false;
    const end = () => {
      if (!isOver) log("client", call, entry);
      isOver = true;
      resolve();
    };
    const fail = ({ code, message }) => {
      entry.error = { code, message };
    };
    if (method === "echo") {
      client.rpcCall(path, request, { "x-call": call }, descriptor, (error, response) => {
        if (error) fail(error);
        else entry.responses.push(json(response));
        end();
      });
      return;
    }
    const stream = client.serverStreaming(path, request, { "x-call": call }, descriptor);
    stream.on("data", (response) => entry.responses.push(json(response)));
    stream.on("error", (error) => {
      fail(error);
      end();
    });
    stream.on("end", end);
  });
}

for (const name of Object.keys(REQUESTS)) await callOnce("echo", ECHO, name);
for (const name of ["plain", "long", "fails"]) await callOnce("repeat", REPEAT, name);
process.exit(0);
