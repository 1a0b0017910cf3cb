import { expect, test } from "@jest/globals";
import { LiveClock } from "../../src/node/live-clock.js";

function clockAt(monotonic: number, wall: number) {
  const now = { monotonic, wall };
  const clock = new LiveClock(
    () => now.monotonic,
    () => now.wall,
  );
  return { clock, now };
}

test("counts nanoseconds from a whole second of the wall clock", () => {
  const { clock, now } = clockAt(5_000, 1_700_000_000_250);
  expect(clock.baseSeconds).toBe(1_700_000_000);
  expect(clock.nowNs()).toBe(250e6);
  now.monotonic += 0.0015;
  expect(clock.nowNs()).toBe(250e6 + 2e3);
});

test("does not go back with the wall clock", () => {
  const { clock, now } = clockAt(0, 1_700_000_000_000);
  now.monotonic = 20_000;
  now.wall -= 3_600_000;
  expect(clock.nowNs()).toBe(20e9);
});

test("goes on where the wall clock is after the machine slept", () => {
  const { clock, now } = clockAt(0, 1_700_000_000_000);
  now.monotonic = 20_000;
  now.wall += 8 * 3_600_000;
  expect(clock.nowNs()).toBe(8 * 3_600e9);
});
