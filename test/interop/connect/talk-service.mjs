/** The service of talk.proto, as @connectrpc serves it, and what both of its ends log. */
import { readFileSync } from "node:fs";
import { create, createFileRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, encodeBinaryHeader } from "@connectrpc/connect";

/** The descriptor set of talk.proto is the last argument. */
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(process.argv.at(-1))));
export const Talk = registry.getService("talk.v1.Talk");
export const Say = registry.getMessage("talk.v1.Say");

export const log = (end, call, entry) => process.stdout.write(`${JSON.stringify({ end, call, ...entry })}\n`);
export const json = (message) => toJson(Say, message);

/** Logs what comes in and what goes out, and fails where the last request says so. */
function handle(method, answer) {
  return async function* (requests, context) {
    const call = context.requestHeader.get("x-call");
    const entry = { method, requests: [], responses: [] };
    context.responseHeader.set("x-served", call);
    context.responseTrailer.set("x-trailer", "the end");
    context.responseTrailer.set("x-bytes-bin", encodeBinaryHeader(Uint8Array.of(0, 255, 7)));
    let fail = 0;
    const seen = async function* () {
      for await (const request of requests) {
        entry.requests.push(json(request));
        fail = request.fail;
        yield request;
      }
    };
    try {
      for await (const response of answer(seen())) {
        entry.responses.push(json(response));
        yield response;
      }
      if (fail === 0) return;
      const details = [{ desc: Say, value: { words: ["why"], number: 7n } }];
      throw new ConnectError(`failed: ${Code[fail]} — 100%`, fail, undefined, details);
    } finally {
      log("server", call, entry);
    }
  };
}

const one = async function* (message) {
  yield message;
};
const only = async (messages) => {
  let last;
  for await (const message of messages) last = message;
  return last;
};
const answers = {
  echo: async function* (requests) {
    for await (const request of requests) if (request.fail === 0) yield request;
  },
  collect: async function* (requests) {
    const words = [];
    let fail = 0;
    for await (const request of requests) {
      words.push(...request.words);
      fail = request.fail;
    }
    if (fail === 0) yield create(Say, { words });
  },
  repeat: async function* (requests) {
    for await (const request of requests) for (const word of request.words) yield create(Say, { words: [word] });
  },
  chat: async function* (requests) {
    yield* requests;
  },
};
const handlers = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, handle(name, answer)]));
export const routes = (router) =>
  router.service(Talk, {
    echo: (request, context) => only(handlers.echo(one(request), context)),
    collect: (requests, context) => only(handlers.collect(requests, context)),
    repeat: (request, context) => handlers.repeat(one(request), context),
    chat: (requests, context) => handlers.chat(requests, context),
  });
