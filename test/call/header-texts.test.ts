import { expect, test } from "@jest/globals";
import { HeaderTexts } from "../../src/call/header-texts.js";
import type { HeaderField } from "../../src/hpack/header-field.js";

function field(name: string, value: string, valueBytes: Uint8Array | null = null): HeaderField {
  return {
    name,
    value,
    valueBytes,
    nameSource: "observed",
    valueSource: "observed",
    neverIndexed: false,
    placeholder: 0,
  } as HeaderField;
}

function formatter() {
  const texts = new HeaderTexts();
  return (fields: HeaderField[] | null) => JSON.parse(new TextDecoder().decode(texts.format(fields)));
}

test("a name that comes twice has an array, in order", () => {
  expect(formatter()([field("a", "1"), field("b", "2"), field("a", "3")])).toEqual({ a: ["1", "3"], b: "2" });
});

test("blocks of the same names and other values are told apart", () => {
  const format = formatter();
  for (let i = 0; i < 30; i++)
    expect(format([field("a", "1"), field("n", String(i))])).toEqual({ a: "1", n: String(i) });
  expect(format([field("a", "1"), field("n", "29")])).toEqual({ a: "1", n: "29" });
});

test("-bin values are base64, also when they were sent as bytes", () => {
  const bytes = Uint8Array.of(0, 0xff, 0x01);
  expect(formatter()([field("x-bin", "AQID"), field("y-bin", "\0ÿ\u0001", bytes)])).toEqual({
    "x-bin": "AQID",
    "y-bin": "/wE=",
  });
});

test("headers that were never seen are null", () => {
  expect(formatter()(null)).toBeNull();
});

test("fields of table entries that were never seen: a name that stands for the entry, null for the value", () => {
  const unseen = { ...field("", ""), nameSource: "unknown", valueSource: "unknown", placeholder: 3 } as HeaderField;
  const named = { ...field("user-agent", ""), valueSource: "unknown", placeholder: 4 } as HeaderField;
  expect(formatter()([unseen, named, field("te", "trailers")])).toEqual({
    "?3": null,
    "user-agent": null,
    te: "trailers",
  });
});

test("texts of more than 16 KiB are made anew each time, not kept", () => {
  const texts = new HeaderTexts();
  const of = (value: string) => [field("a", value), field("b", "same")];
  const [short, long] = [of("x".repeat(1_000)), of("x".repeat(20_000))];
  expect(texts.format(short)).toBe(texts.format(short));
  expect(texts.format(long)).toEqual(texts.format(long));
  expect(texts.format(long)).not.toBe(texts.format(long));
});
