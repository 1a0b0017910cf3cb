/** Where packets come from: a capture, or several that are read as one. */
import { statSync } from "node:fs";
import type { Inspector, InspectorOptions } from "../engine/inspector.js";
import { HeapKeeper } from "../node/heap-keeper.js";
import { readInput } from "../node/input.js";
import { mergedPackets } from "../node/merged-packets.js";
import { standardInput } from "./live-input.js";
import type { InspectOptions } from "./options.js";
import { UsageError } from "./usage-error.js";

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

/** What people call it. */
export function titleOf({ name }: Pick<World, "name">): string {
  return name === "-" ? "standard input" : name;
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

/** Throws UsageError where `output` is one of the captures: it would be emptied before, or overwritten after, it is read. */
export function refuseOverwriting({ captures, output }: Pick<InspectOptions, "captures" | "output">): void {
  const target = output === null ? null : identityOf(output);
  if (target !== null && captures.some((capture) => capture !== "-" && identityOf(capture) === target))
    throw new UsageError(`${output} is the capture itself, which would be lost: write to another file`);
}

/** The same for two names of one file. Null where there is no file: devices and pipes hold nothing that could be lost. */
function identityOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? `${stat.dev}:${stat.ino}` : null;
}

/** Not so a pipe, which another program may be writing. */
function isFile(capture: string): boolean {
  return capture !== "-" && statSync(capture, { throwIfNoEntry: false })?.isFile() === true;
}

/** A chunk of each capture is held, and its packets: of a few captures large ones, of hundreds so small that all stay within this. */
const MERGE_BYTES = 8 * 1024 * 1024;
const LARGEST_MERGE_CHUNK = 256 * 1024;
const SMALLEST_MERGE_CHUNK = 16 * 1024;

export function mergedWorld(captures: readonly string[]): World {
  const share = Math.floor(MERGE_BYTES / captures.length);
  const chunkBytes = Math.max(SMALLEST_MERGE_CHUNK, Math.min(LARGEST_MERGE_CHUNK, share));
  const feed: World["feed"] = async (inspector, pause) => {
    const heap = new HeapKeeper();
    const inputs = captures.map((capture) => readInput(capture, chunkBytes));
    for await (const packets of mergedPackets(inputs, (sink, index) => inspector.openReader(sink, index))) {
      for (const packet of packets) {
        inspector.packet(packet);
        heap.read(packet.end - packet.start);
      }
      if (!(await pause())) return;
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
