/**
 * Foreign programs that interop tests run. Where one is missing the tests that need it are skipped and say why; with CI set in the
 * environment that is a failure instead.
 */

import { spawnSync } from "node:child_process";
import { describe, test } from "@jest/globals";

interface PeerProgram {
  /** A command that ends with status 0 where the peer can be used. */
  readonly probe: readonly [command: string, ...args: string[]];
  readonly debianPackages: string;
}

/** Debian's own python3: another that may come first on PATH does not have Debian's modules. */
export const PYTHON = "/usr/bin/python3";

export const RUBY = "/usr/bin/ruby";

/** Go finds Debian's packages here and nothing else: builds need no network. */
export const GO_ENVIRONMENT = { GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" };

const PEERS = {
  python: {
    probe: [PYTHON, "-c", "import grpc, grpc_tools.protoc"],
    debianPackages: "python3-grpcio python3-grpc-tools",
  },
  ruby: { probe: [RUBY, "-e", "require 'grpc'"], debianPackages: "ruby-grpc" },
  go: {
    probe: [
      "sh",
      "-c",
      "go version && cd /usr/share/gocode/src && ls google.golang.org/grpc github.com/klauspost/compress",
    ],
    debianPackages: "golang-go golang-google-grpc-dev golang-github-klauspost-compress-dev",
  },
  tshark: { probe: ["tshark", "--version"], debianPackages: "tshark" },
  /** With the right to capture: -d opens the interface and captures nothing. */
  tcpdump: { probe: ["tcpdump", "-i", "lo", "-d"], debianPackages: "tcpdump, and run as root" },
  nginx: { probe: ["nginx", "-v"], debianPackages: "nginx" },
  nghttp2: { probe: ["nghttp", "--version"], debianPackages: "nghttp2-client" },
  nghttpd: { probe: ["nghttpd", "--version"], debianPackages: "nghttp2-server" },
  editcap: { probe: ["editcap", "--version"], debianPackages: "wireshark-common" },
  zstd: { probe: ["zstd", "--version"], debianPackages: "zstd" },
  openssl: { probe: ["openssl", "version"], debianPackages: "openssl" },
  /** With the well-known types, which Debian packs apart. */
  protoc: {
    probe: ["sh", "-c", "protoc --version && ls /usr/include/google/protobuf/any.proto"],
    debianPackages: "protobuf-compiler libprotobuf-dev",
  },
} as const satisfies Record<string, PeerProgram>;

export type PeerName = keyof typeof PEERS;

/** `null` when the peer can be used, else one sentence. */
function whyMissing(name: PeerName): string | null {
  const { probe, debianPackages } = PEERS[name];
  const [command, ...args] = probe;
  return spawnSync(command, args, { stdio: "ignore" }).status === 0
    ? null
    : `needs ${name}: apt-get install ${debianPackages}`;
}

/** `describe` for tests that need these peers. */
export function describeWithPeers(names: readonly PeerName[], title: string, body: () => void): void {
  const missing = names.map(whyMissing).filter((reason) => reason !== null);
  if (missing.length === 0) {
    describe(title, body);
    return;
  }
  const reason = missing.join("; ");
  if (process.env.CI) {
    test(`${title} (${reason})`, () => {
      throw new Error(reason);
    });
    return;
  }
  process.stderr.write(`skipped: ${title} (${reason})\n`);
  describe.skip(`${title} (${reason})`, body);
}
