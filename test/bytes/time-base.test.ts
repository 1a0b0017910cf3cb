import { expect, test } from "@jest/globals";
import { TimeBase } from "../../src/bytes/time-base.js";

test("microseconds have six digits, nanoseconds nine, and none is lost", () => {
  const base = new TimeBase();
  expect(base.format(base.toNs(1_700_000_000, 123_456_000))).toBe("2023-11-14T22:13:20.123456Z");
  expect(base.format(base.toNs(1_700_000_001, 123_456_789))).toBe("2023-11-14T22:13:21.123456789Z");
  expect(base.format(base.toNs(1_708_640_000, 999_999_999))).toBe("2024-02-22T22:13:20.999999999Z");
});

test("a packet from before the first one", () => {
  const base = new TimeBase();
  base.toNs(1_700_000_000, 0);
  expect(base.format(base.toNs(1_699_999_999, 999_999_000))).toBe("2023-11-14T22:13:19.999999Z");
});

test("a time that no Date holds does not throw", () => {
  const base = new TimeBase();
  base.toNs(0, 0);
  expect(base.format(base.toNs(2 ** 53, 0))).toMatch(/Z$/);
});
