/** Holds the ordered bytes of each TCP stream of a capture against what tshark follows. */
import { readFileSync } from "node:fs";
import { expect } from "@jest/globals";
import { formatHex } from "../../src/bytes/hex.js";
import { run } from "./processes.js";
import { readTcpStreams } from "./tcp-streams.js";

interface Followed {
  readonly ends: readonly string[];
  /** Hexadecimal, by side. */
  readonly sides: readonly [string, string];
}

export async function expectStreamsAsTshark(file: string): Promise<void> {
  const ours: Followed[] = readTcpStreams(readFileSync(file)).map(({ connection, sides }) => ({
    ends: [connection.client, connection.server],
    sides: [formatHex(sides[0].bytes, ""), formatHex(sides[1].bytes, "")],
  }));
  expect(ours.length).toBeGreaterThan(0);
  expect(ours.some(({ sides }) => sides[0] !== "" && sides[1] !== "")).toBe(true);
  const follow = ours.flatMap((_, index) => ["-z", `follow,tcp,raw,${index}`]);
  const order = ["-o", "tcp.reassemble_out_of_order:TRUE"];
  const { status, stdout } = await run("tshark", ["-n", "-q", ...order, "-r", file, ...follow]);
  expect(status).toBe(0);
  expect(sorted(ours)).toEqual(sorted(parseFollowed(stdout)));
}

/** Nodes by name, then lines of hexadecimal, those of node 1 behind a tab. */
function parseFollowed(text: string): Followed[] {
  return text
    .split(/^=+$/m)
    .filter((part) => part.includes("Node 0: "))
    .map((part) => {
      const ends = [...part.matchAll(/^Node \d: (.*)$/gm)].map((match) => match[1]);
      const lines = part.split("\n").filter((line) => /^\t?[0-9a-f]+$/.test(line));
      const of = (fromServer: boolean) => lines.filter((line) => line.startsWith("\t") === fromServer);
      return { ends, sides: [of(false).join(""), of(true).join("").replaceAll("\t", "")] };
    });
}

function sorted(streams: readonly Followed[]): readonly Followed[] {
  return [...streams].sort((a, b) => (a.ends[0] < b.ends[0] ? -1 : 1));
}
