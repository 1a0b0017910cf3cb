/** README.md's table "Beside tshark": what stands in its cells is what both programs print of the capture of the Go peers. */
import { readFileSync } from "node:fs";
import { run } from "../../support/processes.js";

interface Row {
  readonly about: string;
  readonly tshark: string;
  readonly own: string;
}

export function readmeRows(): Row[] {
  const section = readFileSync("README.md", "utf8").split("## Beside tshark\n")[1].split("\n## ")[0];
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(1).map((line) => {
    const [, about, tshark, own] = line.split(/(?<!\\) ?\| ?/);
    return { about, tshark, own };
  });
}

/** The texts of a cell that no line has; "…" stands for anything. */
export function missingFrom(cell: string, lines: readonly string[]): string[] {
  const texts = [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
  return texts.filter((text) => {
    const pieces = text.split("…").map((piece) => piece.trim());
    return !lines.some((line) => standsIn(line, pieces));
  });
}

function standsIn(line: string, pieces: readonly string[]): boolean {
  let at = 0;
  for (const piece of pieces) {
    at = line.indexOf(piece, at);
    if (at < 0) return false;
    at += piece.length;
  }
  return true;
}

/** What tshark prints of a capture: its list of packets, and all details. */
export async function tsharkLines(file: string, port: string): Promise<string[]> {
  const options = ["-n", "-r", file, "-d", `tcp.port==${port},http2`];
  const outputs = [await run("tshark", options), await run("tshark", [...options, "-V"])];
  return outputs.flatMap(({ stdout }) => stdout.split("\n"));
}
