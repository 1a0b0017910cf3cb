import { describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { everyBytes } from "../support/cuts.js";
import { readCapture } from "../support/recorded-packets.js";

const text = (value: string) => new TextEncoder().encode(value);

/** The head of a logman trace: a WMI_BUFFER_HEADER of 64 KiB. */
const ETL = new Uint8Array(1024);
ETL.set([0, 0, 1, 0, 0x48, 2, 0, 0, 0x48, 2, 0, 0]);
ETL.set([3, 0, 0x54, 0xc0], 72);

const rows: [what: string, head: Uint8Array][] = [
  ["gzip data", parseHex("1f8b0800000000000003")],
  ["zstd data", parseHex("28b52ffd0458a10000")],
  ["xz data", parseHex("fd377a585a000004")],
  ["a ZIP archive", parseHex("504b03041400")],
  ["a snoop capture (editcap -F pcapng converts it)", parseHex("736e6f6f700000000000000200000004")],
  ["a Network Monitor capture (editcap -F pcapng converts it)", parseHex("474d425500020100")],
  ["an HTML page (perhaps a download's error page)", text("\n<!DOCTYPE html>\n<html><head><title>404</title>")],
  ["an HTML page (perhaps a download's error page)", text("<html lang=en>")],
  ["a JSON export of Wireshark", text('[\n  {\n    "_index": "packets-2024",\n    "_type": "doc"')],
  ["a JSON file", text('{"a": 1}')],
  ["an XML file (perhaps a PDML export of Wireshark)", text('<?xml version="1.0"?>\n<pdml>')],
  [
    "a TLS key log (TLS is not decrypted yet: it is of no use)",
    text("# made by a client\nCLIENT_HANDSHAKE_TRAFFIC_SECRET 01ab 02cd\n"),
  ],
  [
    "a TLS key log (TLS is not decrypted yet: it is of no use)",
    text("CLIENT_RANDOM 52362c1012cf23628256e745e903cea696e9f62a60ba0ae8311d70dea"),
  ],
  [
    "a Git LFS pointer (git lfs pull fetches the file)",
    text("version https://git-lfs.github.com/spec/v1\noid sha256:"),
  ],
  ["a .proto file (give it with --proto)", text('// Calculator\nsyntax = "proto3";\n')],
  ["a text file", text("hello")],
  ["a text file", text("grüße\n")],
  ["a Windows ETL trace (etl2pcapng converts it)", ETL],
  ["a run of zero bytes", new Uint8Array(1000)],
  ["data of an unknown kind (it begins with 80 81 82 01)", parseHex("80818201")],
  ["data of an unknown kind (it begins with 02)", parseHex("02")],
];

describe("an input that is no capture is called by its name", () => {
  test.each(rows)("%s: %#", (what, head) => {
    for (const cuts of [[], everyBytes(head.length, 1)]) {
      const { packets, told } = readCapture(head, cuts);
      expect(packets).toEqual([]);
      expect(told.all).toMatchObject([{ code: "CAPTURE_FORMAT_UNKNOWN", values: { what } }]);
    }
  });

  test("a long one is passed over", () => {
    const long = text("hello\n".repeat(10_000));
    expect(readCapture(long, everyBytes(long.length, 1000)).told.codes).toEqual(["CAPTURE_FORMAT_UNKNOWN"]);
  });

  test("an empty one", () => {
    expect(readCapture(new Uint8Array(0)).told.texts).toEqual(["the input is empty"]);
  });
});
