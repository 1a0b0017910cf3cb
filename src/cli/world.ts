/** Where packets come from: a capture, or several that are read as one. */
import { statSync } from "node:fs";
import type { Inspector, InspectorOptions } from "../engine/inspector.js";
import { HeapKeeper } from "../node/heap-keeper.js";
import { readInput } from "../node/input.js";
import { mergedPackets } from "../node/merged-packets.js";
import { standardInput } from "./live-input.js";
import type { InspectOptions } from "./options.js";

/** One world: a capture, or several that are read as one. */
export interface World {
  /** What the records call it. */
  readonly name: string;
  /** The captures that are read as one; null for a single one. */
  readonly merged: readonly string[] | null;
  /** It lies there whole, and is not being written while it is read. */
  readonly whole: boolean;
  /** Reads all of it; `pause` waits where the output is full, and is false when nobody reads it any more. */
  feed(inspector: Inspector, pause: () => Promise<boolean>): Promise<void>;
}

export function captureWorld(capture: string): World {
  const feed: World["feed"] = async (inspector, pause) => {
    const heap = new HeapKeeper();
    for await (const chunk of capture === "-" ? standardInput() : readInput(capture)) {
      inspector.push(chunk);
      heap.read(chunk.length);
      if (!(await pause())) return;
    }
  };
  return { name: capture, merged: null, whole: isFile(capture), feed };
}

/** Not so a pipe, which another program may be writing. */
function isFile(capture: string): boolean {
  return capture !== "-" && statSync(capture, { throwIfNoEntry: false })?.isFile() === true;
}

/** Small chunks: one of each capture is held. */
const MERGE_CHUNK_BYTES = 256 * 1024;
const PACKETS_BETWEEN_PAUSES = 1024;

export function mergedWorld(captures: readonly string[]): World {
  const feed: World["feed"] = async (inspector, pause) => {
    const inputs = captures.map((capture) => readInput(capture, MERGE_CHUNK_BYTES));
    let count = 0;
    for await (const packet of mergedPackets(inputs, (sink, index) => inspector.openReader(sink, index))) {
      inspector.packet(packet);
      if (++count % PACKETS_BETWEEN_PAUSES === 0 && !(await pause())) return;
    }
  };
  return { name: captures.join(","), merged: captures, whole: captures.every(isFile), feed };
}

/** `--reader`. The adapter is loaded only when it is asked for. */
export async function readerOf({ reader }: Pick<InspectOptions, "reader">): Promise<Partial<InspectorOptions>> {
  if (reader === "own") return {};
  const { createPcapParserReader } = await import("../node/pcap-parser-adapter.js");
  return { createReader: createPcapParserReader };
}
