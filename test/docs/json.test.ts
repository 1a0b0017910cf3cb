import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";

const page = readFileSync("docs/json.md", "utf8");

async function addRecord(): Promise<CallRecord> {
  const { stdout } = await runCli(["captures/add.pcap", "--json"]);
  return parseLines<CallRecord>(stdout)[0];
}

test("the example in docs/json.md is what the command prints", async () => {
  const [, example] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect(JSON.parse(example)).toEqual(await addRecord());
});

test("every key of a record is told in docs/json.md", async () => {
  const record = await addRecord();
  const keys = [record, record.status, record.request, record.request.messages[0]].flatMap((part) =>
    Object.keys(part ?? {}),
  );
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});

test("every key of an event is told in docs/json.md", async () => {
  const { stdout } = await runCli(["captures/add.pcap", "--format", "events"]);
  const events = parseLines<Record<string, object>>(stdout);
  expect(new Set(events.map(({ record }) => record))).toEqual(new Set(["start", "message", "end"]));
  const keys = events.flatMap((event) => [event, event.response ?? {}].flatMap(Object.keys));
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});
