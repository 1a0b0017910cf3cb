import { expect, test } from "@jest/globals";
import { formatAddress, parseListenAddress, parseTarget } from "../../../src/node/proxy/address.js";

test.each([
  ["50050", "127.0.0.1:50050"],
  ["0", "127.0.0.1:0"],
  ["0.0.0.0:50050", "0.0.0.0:50050"],
  ["localhost:50050", "localhost:50050"],
  ["my-host.example:1", "my-host.example:1"],
  ["[::]:50050", "[::]:50050"],
  ["[fe80::1%eth0]:50050", "[fe80::1%eth0]:50050"],
  ["unix:/tmp/a b.sock", "unix:/tmp/a b.sock"],
  ["unix:///tmp/a.sock", "unix:/tmp/a.sock"],
  ["unix:a.sock", "unix:a.sock"],
])("listens on %s", (text, name) => {
  expect(formatAddress(parseListenAddress(text)!)).toBe(name);
});

test.each([
  "",
  ":50050",
  "host:",
  "host",
  "65536",
  "::1:50050",
  "1:2:3",
  "http://host:1",
  "unix:",
  `unix:/${"a".repeat(107)}`,
])("%p is nothing to listen on", (text) => {
  expect(parseListenAddress(text)).toBeNull();
});

test("a target may be spoken to by TLS, and has a port", () => {
  expect(parseTarget("tls://api.example:443")).toEqual({
    address: { kind: "tcp", host: "api.example", port: 443 },
    tls: true,
  });
  expect(parseTarget("50051")).toEqual({ address: { kind: "tcp", host: "127.0.0.1", port: 50_051 }, tls: false });
  expect(parseTarget("tls://unix:/a")).toEqual({ address: { kind: "unix", path: "/a" }, tls: true });
  expect(parseTarget("host:0")).toBeNull();
  expect(parseTarget("https://host:1")).toBeNull();
});
