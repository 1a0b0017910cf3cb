import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type IdEntry, IdTable } from "../../src/bytes/id-table.js";

class Entry implements IdEntry<Entry> {
  nextInBucket: Entry | null = null;
  older: Entry | null = null;
  newer: Entry | null = null;

  constructor(readonly id: number) {}
}

test("holds what a Map would, in the same order", () => {
  const step = fc.record({ id: fc.integer({ min: 0, max: 12 }), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new IdTable<Entry>();
      const map = new Map<number, Entry>();
      for (const { id, add } of steps) {
        const entry = map.get(id);
        if (add && entry === undefined) {
          const added = new Entry(id);
          map.set(id, added);
          table.add(added);
        } else if (!add && entry !== undefined) {
          map.delete(id);
          table.remove(entry);
        } else if (!add) table.remove(new Entry(id));
      }
      expect([...table].map(({ id }) => id)).toEqual([...map.keys()]);
      expect(table.size).toBe(map.size);
      expect(table.oldest).toBe([...map.values()][0] ?? null);
      for (let id = 0; id <= 12; id++) expect(table.get(id)).toBe(map.get(id) ?? null);
    }),
  );
});

test("what it gives may be removed on the way", () => {
  const table = new IdTable<Entry>();
  for (let id = 1; id < 2000; id += 2) table.add(new Entry(id));
  const seen: number[] = [];
  for (const entry of table) {
    table.remove(entry);
    seen.push(entry.id);
  }
  expect(seen).toHaveLength(1000);
  expect([...table]).toEqual([]);
  expect(table).toMatchObject({ size: 0, oldest: null });
});

test("the newer of two entries of one id is found, and the older behind it", () => {
  const table = new IdTable<Entry>();
  const [older, newer] = [new Entry(1), new Entry(1)];
  table.add(older);
  table.add(newer);
  for (let id = 2; id < 40; id++) table.add(new Entry(id));
  expect(table.get(1)).toBe(newer);
  table.remove(newer);
  expect(table.get(1)).toBe(older);
});
