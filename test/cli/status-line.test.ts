import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { formatStatus, StatusLine } from "../../src/cli/status-line.js";
import { newSummary } from "../../src/engine/summary.js";

const figures = (drops: number | null) => ({
  summary: { ...newSummary(), calls: 1234, failedCalls: 5 },
  bytes: 45_600_000,
  drops,
});

describe("the status line", () => {
  test("shows calls, errors, rate, bytes and drops, and what was dropped before the rate", () => {
    expect(formatStatus(figures(0), 12.34, 80)).toBe("1234 calls, 5 failed, 12 calls/s, 45.6 MB, 0 dropped");
    expect(formatStatus(figures(null), 1.25, 80)).toBe("1234 calls, 5 failed, 1.3 calls/s, 45.6 MB");
    expect(formatStatus(figures(7), 1.25, 80)).toBe("1234 calls, 5 failed, 7 packets dropped, 1.3 calls/s, 45.6 MB");
  });

  test.each([80, 40, 30, 20, 10, 5])("fits %i columns", (width) => {
    expect(formatStatus(figures(0), 12.34, width).length).toBeLessThanOrEqual(width);
  });

  test("is wiped before anything else is written, and drawn on terminals only", async () => {
    const written: string[] = [];
    const terminal = (isTTY: boolean) => ({ isTTY, columns: 80, write: (text: string) => written.push(text) });
    const silent = new StatusLine(() => figures(0), terminal(false));
    silent.start();
    await sleep(300);
    silent.stop();
    expect(written).toEqual([]);
    const line = new StatusLine(() => figures(0), terminal(true));
    line.start();
    await sleep(300);
    expect(written).toEqual(["\r1234 calls, 5 failed, 0.0 calls/s, 45.6 MB, 0 dropped\u001b[K"]);
    line.hide();
    line.hide();
    line.stop();
    expect(written.slice(1)).toEqual(["\r\u001b[K"]);
  });
});
