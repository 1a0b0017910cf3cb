import { describe, expect, jest, test } from "@jest/globals";
import type { HeaderField } from "../../src/hpack/header-field.js";
import { GrpcFieldNames } from "../../src/http2/grpc-field-names.js";
import { concat, indexed, literal } from "../support/frames.js";
import { formatField, HpackRun } from "../support/hpack-log.js";

const POST = indexed(3);
const HTTP = indexed(6);
/** An entry from before; `place` 0 is the newest of them. */
const old = (place: number) => indexed(62 + place);

class Late {
  private readonly run = new HpackRun({ joinedLate: true });
  readonly names = new GrpcFieldNames();

  fields(...parts: Uint8Array[]): HeaderField[] {
    const block = concat(...parts);
    return this.run.decoder.decode(block, 0, block.length);
  }
}

const shown = (fields: readonly HeaderField[]) => fields.map(formatField);

describe("requests", () => {
  test("grpc-go: the position behind :method and :scheme, once the authority is known to stay", () => {
    const late = new Late();
    const first = late.fields(POST, HTTP, old(5), old(4), old(3), old(2), old(1));
    late.names.request(first);
    // grpc-go or tonic: what they disagree on stays unknown
    expect(shown(first).slice(2, 4)).toEqual(["?1: ?1", "?2: ?2"]);
    const second = late.fields(POST, HTTP, old(0), old(4), old(3), old(2), old(1));
    late.names.request(second);
    expect(shown(first)).toEqual([
      ":method: POST",
      ":scheme: http",
      "~:path: ?1",
      "~:authority: ?2",
      "~content-type: ?3",
      "~user-agent: ?4",
      "~te: ~trailers",
    ]);
    expect(shown(second)[2]).toBe("~:path: ?6");
  });

  test("C-core or Java: a path that comes as a literal tells which", () => {
    const late = new Late();
    const first = late.fields(old(9), old(8), POST, HTTP, old(7), old(6), old(5), old(4));
    late.names.request(first);
    expect(shown(first)).toEqual([
      "?1: ?1",
      "?2: ?2",
      ":method: POST",
      ":scheme: http",
      "~content-type: ?3",
      "~te: ~trailers",
      "?5: ?5",
      "?6: ?6",
    ]);
    const second = late.fields(literal(4, "/Cal/Add"), old(8), POST, HTTP, old(7), old(6), old(5), old(4));
    late.names.request(second);
    expect(shown(first).slice(0, 2)).toEqual(["~:path: ?1", "~:authority: ?2"]);
    expect(shown(first).slice(6, 8)).toEqual(["~grpc-accept-encoding: ?5", "~user-agent: ?6"]);
  });

  test("names that were worked out are no evidence: a table in doubt may have given wrong ones", () => {
    const late = new Late();
    const block = [old(9), old(8), POST, HTTP, old(7), old(6), old(5), old(4)];
    // read wrongly as grpc-java's: C-core sends ":path" first
    const guessed = late.fields(...block).map((field, i) => ({
      ...{ name: "", value: field.value, valueBytes: null, neverIndexed: false, placeholder: 0 },
      ...{ nameSource: field.nameSource, valueSource: field.valueSource },
      ...(i < 2 && { name: [":authority", ":path"][i], value: "/", nameSource: "inferred" as const }),
      ...(i >= 2 && i < 4 && { name: field.name }),
    }));
    late.names.request(guessed);
    const next = late.fields(...block);
    late.names.request(next);
    expect(shown(next).slice(0, 2)).toEqual(["?1: ?1", "?2: ?2"]);
  });

  test("an order that nobody is known to send gives no names", () => {
    const late = new Late();
    const fields = late.fields(HTTP, old(3), POST, old(2));
    late.names.request(fields);
    expect(shown(fields)).toEqual([":scheme: http", "?1: ?1", ":method: POST", "?2: ?2"]);
  });
});

describe("responses and trailers", () => {
  test("the field behind :status of C-core, Go and Java", () => {
    const late = new Late();
    const fields = late.fields(indexed(8), old(3));
    late.names.response(fields, "headers");
    expect(shown(fields)).toEqual([":status: 200", "~content-type: ?1"]);
  });

  test("grpc-go: the headers tell whose the trailers are", () => {
    const late = new Late();
    const trailers = late.fields(old(2), old(1));
    late.names.response(trailers, "trailers");
    expect(shown(trailers)).toEqual(["?1: ?1", "?2: ?2"]);
    late.names.response(late.fields(indexed(8), old(3)), "headers");
    expect(shown(trailers)).toEqual(["~grpc-status: ?1", "~grpc-message: ?2"]);
  });
});

test("a later literal tells what a field that stays the same was before", () => {
  const late = new Late();
  const first = late.fields(POST, HTTP, old(5), old(4), old(3), old(2), old(1), literal("grpc-timeout", "1S"));
  late.names.request(first);
  const again = late.fields(
    ...[POST, HTTP, old(5), old(4), old(3), literal("user-agent", "grpc-go/1.33.3"), old(1)],
    literal("grpc-timeout", "1S"),
  );
  late.names.request(again);
  expect(shown(first)).toContain("~user-agent: ~grpc-go/1.33.3");
});

test("blocks that wait are gone through only when something was learnt", () => {
  const late = new Late();
  for (let i = 0; i < 20; i++) late.names.request(late.fields(POST, HTTP, old(5), old(4), old(3), old(2), old(1)));
  const { requests } = late.names as unknown as { requests: HeaderField[][] };
  expect(requests).toHaveLength(16);
  const looks = requests.map((block) => jest.spyOn(block, "some"));
  late.names.request(late.fields(POST, HTTP, old(5), old(4), old(3), old(2), old(1)));
  for (const look of looks) expect(look).not.toHaveBeenCalled();
});
