import { describe, expect, test } from "@jest/globals";
import { parseGrpcContentType } from "../../src/grpc/content-type.js";
import { mediaType } from "../../src/grpc/media-type.js";
import { decodePercent } from "../../src/grpc/percent.js";
import { parseStatusCode, statusFromHttp, statusName } from "../../src/grpc/status.js";
import { growth, SQUARE } from "../support/growth.js";

describe("grpc-message: PROTOCOL-HTTP2, Status-Message", () => {
  test.each([
    ["nothing to do", "plain text", "plain text"],
    ["UTF-8", "caf%C3%A9 %E2%98%83", "café ☃"],
    ["a stray percent sign stays", "100% of 5%", "100% of 5%"],
    ["half an escape stays", "50%2", "50%2"],
    ["no hexadecimal digits", "%zz%41", "%zzA"],
    ["bytes that are no UTF-8", "%ff%41", "\ufffdA"],
  ])("%s", (_, escaped, text) => {
    expect(decodePercent(escaped)).toBe(text);
  });
});

describe("content-type: PROTOCOL-HTTP2, Content-Type", () => {
  test.each([
    ["application/grpc", "proto"],
    ["application/grpc+proto", "proto"],
    ["application/grpc+json", "json"],
    ["Application/GRPC", "proto"],
    ["application/grpc; charset=utf-8", "proto"],
    ["application/grpc-web", null],
    ["application/grpcx", null],
    ["text/html", null],
  ])("%s", (value, codec) => {
    expect(parseGrpcContentType(value)?.codec ?? null).toBe(codec);
  });
});

describe("content-type without parameters", () => {
  test.each([
    ["application/json", "application/json"],
    ["Application/JSON ; charset=utf-8; a=b", "application/json"],
    [";", ""],
    ["a b;c", "a b"],
  ])("%s", (value, type) => {
    expect(mediaType(value)).toBe(type);
  });

  test("many blanks cost what they are, not their square", async () => {
    const read = (blanks: number) => {
      const value = `a${" ".repeat(blanks)}x`;
      for (let i = 0; i < 100; i++) expect(mediaType(value)).toBe(value);
    };
    expect(await growth(1_000, read)).toBeLessThan(SQUARE);
  });
});

describe("grpc-status", () => {
  test.each([
    ["0", 0],
    ["16", 16],
    ["99", 99],
    ["", null],
    ["-1", null],
    ["OK", null],
    ["1 ", null],
  ])("%j", (value, code) => {
    expect(parseStatusCode(value)).toBe(code);
  });

  test("names of statuscodes.md, and of a number without one", () => {
    expect([0, 1, 11, 16, 99].map(statusName)).toEqual([
      "OK",
      "CANCELLED",
      "OUT_OF_RANGE",
      "UNAUTHENTICATED",
      "CODE_99",
    ]);
  });

  test.each([
    [400, "INTERNAL"],
    [401, "UNAUTHENTICATED"],
    [403, "PERMISSION_DENIED"],
    [404, "UNIMPLEMENTED"],
    [429, "UNAVAILABLE"],
    [502, "UNAVAILABLE"],
    [503, "UNAVAILABLE"],
    [504, "UNAVAILABLE"],
    [200, "UNKNOWN"],
    [500, "UNKNOWN"],
  ])("http-grpc-status-mapping: %d", (http, name) => {
    expect(statusName(statusFromHttp(http))).toBe(name);
  });
});
