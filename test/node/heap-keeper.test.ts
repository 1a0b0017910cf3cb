import { describe, expect, test } from "@jest/globals";
import { HeapKeeper } from "../../src/node/heap-keeper.js";

const MiB = 1024 * 1024;

/** A heap of `alive` bytes and garbage; counts what collecting it costs: the bytes that are alive each time. */
class CountedHeap {
  alive = 0;
  garbage = 0;
  peak = 0;
  cost = 0;

  used(): number {
    this.peak = Math.max(this.peak, this.alive + this.garbage);
    return this.alive + this.garbage;
  }

  collect(): void {
    this.garbage = 0;
    this.cost += this.alive;
  }
}

/** Input of `size`, of which `aliveShare` stays in the heap and the rest is garbage. */
function readAll(size: number, aliveShare: number, heap = new CountedHeap()): CountedHeap {
  const keeper = new HeapKeeper(8 * MiB, heap);
  for (let read = 0; read < size; read += MiB) {
    heap.alive += aliveShare * MiB;
    heap.garbage += (1 - aliveShare) * MiB;
    keeper.read(MiB);
  }
  return heap;
}

describe("the heap is collected", () => {
  test.each([1, 0.5])("at a cost that grows with the input, of which %d stays alive", (share) => {
    const [once, eight] = [512, 8 * 512].map((size) => readAll(size * MiB, share).cost);
    expect(eight / once).toBeLessThan(24);
  });

  test("before a little that is alive has as much garbage as V8 would let it have", () => {
    expect(readAll(1024 * MiB, 0).peak).toBeLessThan(60 * MiB);
    const heap = new CountedHeap();
    heap.alive = 60 * MiB;
    expect(readAll(1024 * MiB, 0, heap).peak).toBeLessThan(72 * MiB);
  });

  test("before garbage is half of what is alive", () => {
    const heap = new CountedHeap();
    heap.alive = 400 * MiB;
    expect(readAll(1024 * MiB, 0, heap).peak).toBeLessThan(600 * MiB);
  });
});
