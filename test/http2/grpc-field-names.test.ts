import { describe, expect, test } from "@jest/globals";
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
    expect(late.names.request(second)).toBe(true);
    expect(shown(first)).toEqual([
      ":method: POST",
      ":scheme: http",
      "~:path: ?1",
      "~:authority: ?2",
      "~content-type: ~application/grpc",
      "~user-agent: ?4",
      "~te: ~trailers",
    ]);
    expect(shown(second)[2]).toBe("~:path: ?6");
  });

  test("C-core or Java: a path that comes as a literal tells which", () => {
    const late = new Late();
    const first = late.fields(old(9), old(8), POST, HTTP, old(7), old(6), old(5), old(4), literal("x-id", "1"));
    late.names.request(first);
    expect(shown(first)).toEqual([
      "?1: ?1",
      "?2: ?2",
      ":method: POST",
      ":scheme: http",
      "~content-type: ~application/grpc",
      "~te: ~trailers",
      "?5: ?5",
      "?6: ?6",
      "x-id: 1",
    ]);
    const second = late.fields(literal(4, "/Cal/Add"), old(8), POST, HTTP, old(7), old(6), old(5), old(4));
    late.names.request(second);
    expect(shown(first).slice(0, 2)).toEqual(["~:path: ?1", "~:authority: ?2"]);
    expect(shown(first).slice(6, 8)).toEqual(["~grpc-accept-encoding: ?5", "~user-agent: ?6"]);
  });

  test("an order that nobody is known to send gives no names", () => {
    const late = new Late();
    const fields = late.fields(HTTP, old(3), POST, old(2));
    expect(late.names.request(fields)).toBe(false);
    expect(shown(fields)).toEqual([":scheme: http", "?1: ?1", ":method: POST", "?2: ?2"]);
  });
});

describe("responses and trailers", () => {
  test("the field behind :status of C-core, Go and Java", () => {
    const late = new Late();
    const fields = late.fields(indexed(8), old(3));
    late.names.response(fields);
    expect(shown(fields)).toEqual([":status: 200", "~content-type: ~application/grpc"]);
  });

  test("a status that is not spelled out is OK behind messages", () => {
    const late = new Late();
    const fields = late.fields(old(1), literal(62, "", "without"));
    late.names.trailers(late.fields(old(1)), true);
    expect(shown(fields)[0]).toBe("~grpc-status: ~0");
  });

  test("but not where a message says what went wrong, and not without messages", () => {
    for (const [answered, more] of [
      [true, [literal("grpc-message", "no")]],
      [false, []],
    ] as const) {
      const late = new Late();
      const fields = late.fields(old(1), ...more);
      late.names.trailers(fields, answered);
      expect(shown(fields)[0]).toBe("~grpc-status: ?1");
    }
  });
});
