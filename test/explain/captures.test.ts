/** Every call of every recorded capture: each byte of its stream told once, where it stands, with the record's values. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadSchema } from "../../src/node/schema-files.js";
import { Schema } from "../../src/protobuf/schema.js";
import { CALCULATOR_SCHEMA } from "../support/calls-of-capture.js";
import {
  type Explained,
  expectTheRecordsMessages,
  expectTheRecordsValues,
  expectTruePlaces,
  expectWholeCoverage,
  explainCapture,
} from "../support/explained.js";
import { readPcapFile, writePcap } from "../support/pcap-file.js";
import { describeWithSharedData, sharedData } from "../support/shared-data.js";

function expectTruth(file: Uint8Array, schema: Schema, cuts: readonly number[] = []): number {
  for (let id = 1; ; id++) {
    const explained = explainCapture(file, id, { schema }, cuts);
    if (explained === null) return id - 1;
    expectTruePlaces(explained.spans, file);
    expectWholeCoverage(explained, file);
    const method = schema.method(explained.record.path ?? "");
    expectTheRecordsValues(explained, [method?.request ?? null, method?.response ?? null]);
    expect(unread(explained)).toEqual(
      isDamaged(explained) ? ["not read: the varint does not end within the message"] : [],
    );
  }
}

function unread({ items }: Explained): string[] {
  return items.filter(({ part }) => part.role === "unread" || part.role === "lost").map(({ part }) => part.text);
}

/** The captures are whole; but one client sent a message that is none. */
function isDamaged({ record }: Explained): boolean {
  return record.diagnostics.some(({ code }) => code === "PROTOBUF_MALFORMED");
}

const CAPTURES = readdirSync("captures").filter((name) => name.endsWith(".pcap"));

describe("captures/", () => {
  test.each(CAPTURES)("%s", (name) => {
    expect(expectTruth(readFileSync(`captures/${name}`), CALCULATOR_SCHEMA)).toBeGreaterThan(0);
  });

  test("without a schema", () => {
    expect(expectTruth(readFileSync("captures/python.pcap"), Schema.empty)).toBe(4);
  });

  test("pushed in small pieces", () => {
    const file = readFileSync("captures/add.pcap");
    const cuts = Array.from({ length: file.length }, (_, i) => i);
    expect(expectTruth(file, CALCULATOR_SCHEMA, cuts)).toBe(1);
  });
});

describe("captures that begin late, or lack packets", () => {
  const { header, records } = readPcapFile("captures/calculator.pcap");

  function expectNothingTwice(kept: readonly Buffer[], withValues: boolean): number {
    const file = writePcap(header, kept);
    let seen = 0;
    for (let id = 1; ; id++) {
      const told = explainCapture(file, id, { schema: CALCULATOR_SCHEMA });
      if (told === null) return seen;
      seen += told.spans.length;
      const method = CALCULATOR_SCHEMA.method(told.record.path ?? "");
      if (withValues) expectTheRecordsMessages(told, [method?.request ?? null, method?.response ?? null]);
      expectTruePlaces(told.spans, file);
      for (const side of [0, 1]) {
        const own = told.spans.filter((span) => span.side === side);
        expect(own.every(({ at }, i) => i === 0 || at >= own[i - 1].at + own[i - 1].length)).toBe(true);
      }
    }
  }

  test.each([1, 4, 9, 10, 14, 40])("from packet %d on", (first) => {
    expect(expectNothingTwice(records.slice(first), true)).toBeGreaterThan(100);
  });

  test("a packet missing before a response begins costs none of its messages", () => {
    const kept = records.filter((_, i) => i !== 0 && i !== 74);
    expect(expectNothingTwice(kept, true)).toBeGreaterThan(100);
  });

  test("any packets missing", () => {
    const dropped = fc.uniqueArray(fc.nat(records.length - 1), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(dropped, (indexes) => {
        const kept = records.filter((_, i) => !indexes.includes(i));
        expectNothingTwice(kept, false);
      }),
      { numRuns: 8 },
    );
  });
});

describeWithSharedData("recordings of other peers", () => {
  const schemaOf = (...files: string[]) =>
    loadSchema({ proto: files.map((file) => sharedData(...file.split("/"))) }).schema;
  const recorded = () => schemaOf("captures/cal.proto", "captures/zoo.proto", "captures/rpcstatus.proto");

  test.each(["py-unary", "py-streaming", "py-errors", "py-gz", "curl-h2c"])("%s", (name) => {
    expect(expectTruth(readFileSync(sharedData("captures", name, "cap.pcap")), recorded())).toBeGreaterThan(0);
  });

  test("py-unary without a schema", () => {
    const file = readFileSync(sharedData("captures", "py-unary", "cap.pcap"));
    expect(expectTruth(file, Schema.empty)).toBeGreaterThan(0);
  });

  test("helloworld.pcap", () => {
    const file = readFileSync(sharedData("foreign", "helloworld.pcap"));
    expect(expectTruth(file, schemaOf("foreign/helloworld.proto"))).toBe(5);
  });
});
