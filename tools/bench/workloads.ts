/** The calls that the bench records: what is sent, what is answered, how many. */

import { join } from "node:path";
import { REPOSITORY } from "../support/processes.js";

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly protoFile: string;
  readonly service: string;
  readonly method: string;
  readonly calls: number;
  readonly connections: number;
  /** Calls that each connection has under way at once. */
  readonly concurrency: number;
  /** A field that each call has once, in its request or its reply, as the .proto names it. */
  readonly witness: string;
  request(index: number): object;
  reply(request: object): object;
}

const SMALL: Workload = {
  name: "small",
  title: "small unary calls",
  protoFile: join(REPOSITORY, "proto/SimpleCal.proto"),
  service: "Cal",
  method: "Add",
  calls: 100_000,
  connections: 4,
  concurrency: 2,
  witness: "number1",
  request: (index) => ({ number1: index + 1, number2: (index * 7919) % 1_000_003 }),
  reply: (request) => {
    const { number1, number2 } = request as { number1: number; number2: number };
    return { number: number1 + number2 };
  },
};

const ORDERS = 512;

const NESTED: Workload = {
  name: "nested",
  title: "calls with nested messages of 1 to 4 KB",
  protoFile: join(REPOSITORY, "tools/bench/shop.proto"),
  service: "bench.Shop",
  method: "Place",
  calls: 20_000,
  connections: 4,
  concurrency: 4,
  witness: "total_cents",
  request: (index) => ({ ...ORDER_BODIES[index % ORDERS], orderId: `order-${index}` }),
  reply: (order) => ({ totalCents: 123_456, order }),
};

export const WORKLOADS: readonly Workload[] = [SMALL, NESTED];

/** Numbers from 0 to below `bound`, the same ones on every run (a linear congruential generator, as in C's `rand`). */
function makeRandom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const random = makeRandom(1);
const ORDER_BODIES: readonly object[] = Array.from({ length: ORDERS }, makeOrder);

function makeOrder(): object {
  const items = Array.from({ length: 2 + random(3) }, makeItem);
  return {
    customer: {
      id: String(1_000_000 + random(1_000_000)),
      name: makeText(3),
      address: {
        street: makeText(2),
        city: makeText(1),
        postcode: random(100_000),
        latitude: random(90_000) / 1000,
        longitude: random(180_000) / 1000,
      },
    },
    items,
    labels: { channel: makeText(1), campaign: makeText(2), locale: "de-CH" },
    createdMicros: String(1_700_000_000_000_000 + random(1_000_000_000)),
    ...(random(2) === 0
      ? { voucher: makeText(1) }
      : { card: { number: String(random(10_000)), limit: random(5_000) } }),
  };
}

function makeItem(): object {
  return {
    article: makeText(40 + random(70)),
    quantity: 1 + random(9),
    priceCents: random(1_000_000),
    colour: 1 + random(3),
    discounts: Array.from({ length: random(6) }, () => random(400)),
    gift: random(2) === 0,
    checksum: Buffer.from(Array.from({ length: 16 }, () => random(256))),
  };
}

function makeText(words: number): string {
  const word = (): string => Array.from({ length: 4 + random(8) }, () => String.fromCharCode(97 + random(26))).join("");
  return Array.from({ length: words }, word).join(" ");
}
