/** The calls that the peers of the late-join captures make, the same for each of them: what is asked, and what is answered. */
import protobuf from "protobufjs";

/** One call. A server knows it by its path and its requests. Messages are base64. */
export interface PlannedCall {
  readonly path: string;
  readonly requests: readonly string[];
  readonly replies: readonly string[];
  /** The grpc-status it ends with, and its grpc-message. */
  readonly code: number;
  readonly message: string;
}

export interface Plan {
  readonly calls: readonly PlannedCall[];
  /** Indexes of calls that are made at once; one batch follows the other. */
  readonly batches: readonly (readonly number[])[];
}

type Values = Readonly<Record<string, unknown>>;

const NOT_FOUND = 5;
const WORDS = ["lamp", "desk", "chair", "shelf", "clock", "vase"];

/** `calls` calls of store.proto, a third of them made three at a time. */
export function makePlan(protoFile: string, calls: number): Plan {
  const root = new protobuf.Root().loadSync(protoFile);
  const encode = (type: string, values: Values): string => {
    const message = root.lookupType(`store.v1.${type}`);
    return Buffer.from(message.encode(message.fromObject(values)).finish()).toString("base64");
  };
  const planned = Array.from({ length: calls }, (_, i) => planCall(i, encode));
  const batches: number[][] = [];
  for (let i = 0; i < calls; ) {
    const size = Math.min(calls - i, batches.length % 3 === 2 ? 3 : 1);
    batches.push(Array.from({ length: size }, (_, k) => i + k));
    i += size;
  }
  return { calls: planned, batches };
}

function planCall(i: number, encode: (type: string, values: Values) => string): PlannedCall {
  const id = `item-${i}`;
  const item = (k: number): Values => ({
    id: `${id}-${k}`,
    name: WORDS[(i + k) % WORDS.length],
    priceCents: 100 + 7 * i * (k + 1),
    tags: WORDS.slice(0, (i + k) % 4),
    size: { width: 1 + i, height: 2 + k },
  });
  const some = Array.from({ length: 1 + (i % 3) }, (_, k) => item(k));
  const call = (method: string, requests: string[], replies: string[], code = 0, message = ""): PlannedCall => ({
    path: `/store.v1.Store/${method}`,
    requests,
    replies,
    code,
    message,
  });
  switch (i % 8) {
    case 0:
      return call("Find", [encode("FindRequest", { id, fresh: i % 3 === 0 })], [encode("Item", item(0))]);
    case 1:
      return call(
        "Put",
        [encode("Item", item(0))],
        [encode("Receipt", { revision: i, by: WORDS[i % 6], checksum: i * 1e9 })],
      );
    case 2:
      return call("Add", [encode("Pair", { a: i, b: -i - 1 })], [encode("Total", { value: -1 })]);
    case 3:
      return call("Multiply", [encode("Pair", { a: i, b: 3 })], [encode("Total", { value: 3 * i })]);
    case 4: {
      const request = encode("ListRequest", { prefix: id, limit: i, ratings: [-1, i] });
      return call(
        "List",
        [request],
        some.map((one) => encode("Item", one)),
      );
    }
    case 5: {
      const summary = { items: some.length, valueCents: i * 100, failed: i % 2 === 0 ? [] : [id] };
      return call(
        "Load",
        some.map((one) => encode("Item", one)),
        [encode("Summary", summary)],
      );
    }
    case 6: {
      const notes = some.map((_, k) =>
        encode("Note", { from: WORDS[k], body: bytesOf(40 * (i % 20) + k), at: i + 0.5 }),
      );
      return call("Chat", notes, notes);
    }
    default:
      return call("Find", [encode("FindRequest", { id: "none", fresh: i % 2 === 0 })], [], NOT_FOUND, "no such item");
  }
}

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
}
