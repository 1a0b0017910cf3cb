import { describe, expect, test } from "@jest/globals";
import { formatAddress, parseAddress } from "../../src/calculator/address.js";
import { parseInt32 } from "../../src/calculator/int32.js";

describe("parseInt32", () => {
  test.each([
    ["0", 0],
    ["-0", 0],
    ["+7", 7],
    ["007", 7],
    ["-3", -3],
    ["2147483647", 2147483647],
    ["-2147483648", -2147483648],
  ])("takes %s", (text, number) => {
    expect(parseInt32(text)).toBe(number);
  });

  test.each([
    "",
    " 1",
    "1.0",
    "1e3",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "-",
    "--1",
    "2147483648",
    "-2147483649",
    "9".repeat(400),
  ])('refuses "%s"', (text) => {
    expect(parseInt32(text)).toBeNull();
  });
});

describe("parseAddress", () => {
  test.each([
    ["localhost:50051", "localhost", 50051],
    ["127.0.0.1:1", "127.0.0.1", 1],
    ["[::1]:65535", "::1", 65535],
  ])("takes %s", (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
    expect(formatAddress({ host, port })).toBe(text);
  });

  test.each([
    "",
    "localhost",
    "localhost:",
    ":50051",
    "localhost:0",
    "localhost:65536",
    "localhost:x",
    "::1:50051",
    "http://localhost:50051",
    "local host:1",
  ])('refuses "%s"', (text) => {
    expect(parseAddress(text)).toBeNull();
  });
});
