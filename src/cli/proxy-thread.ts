/** The thread beside a proxy that decodes and prints what passes (node/proxy/decoder-thread.ts starts it). */
import { parentPort, workerData } from "node:worker_threads";
import type { ByteStreamSink } from "../bytes/byte-stream-sink.js";
import type { ConnectionInfo } from "../engine/inspector.js";
import { OutputError, OutputStream } from "../node/output-stream.js";
import type { TapeMessage, TapePiece, TapeReply } from "../node/proxy/decoder-thread.js";
import { TapePlayer } from "../node/proxy/tape.js";
import { PcapngWriter } from "../node/proxy/write-pcapng.js";
import { noPaint } from "../output/paint.js";
import { count, formatTotals } from "../output/text-totals.js";
import { type LiveOptions, LiveSession } from "./live-session.js";
import { formatOtherTraffic } from "./other-traffic.js";

export interface ProxyThreadData {
  readonly options: LiveOptions;
  /** `-w`; null without. */
  readonly writeFile: string | null;
  /** What the standard streams of the process are: a thread's own do not know. */
  readonly stdout: StreamKind;
  readonly stderr: StreamKind;
}

interface StreamKind {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

/** Totals as a sentence: one line. */
const TALK = { width: Number.POSITIVE_INFINITY, paint: noPaint, verbose: false };

const port = parentPort!;
const { options, writeFile, stdout, stderr, baseSeconds } = workerData as ProxyThreadData & { baseSeconds: number };
Object.assign(process.stdout, stdout);
Object.assign(process.stderr, stderr);

/** For tests: each decoder throws once it was given more bytes than that. CAL_INSPECT_FAIL_THREAD: all of this does. */
const { CAL_INSPECT_FAIL_AFTER_BYTES: failAfter } = process.env;
const session = new LiveSession({ ...options, failAfterBytes: failAfter === undefined ? null : Number(failAfter) });
const capture = writeFile === null ? null : OutputStream.file(writeFile);
const writer = capture === null ? null : new PcapngWriter(capture.write, baseSeconds);
const player = new TapePlayer(openSink);
const pieces = new Map<number, SharedArrayBuffer>();
let toldOther = false;

port.on("message", enqueue);
port.postMessage("ready" satisfies TapeReply);

/** Messages take turns: each waits until the output has room for what the one before it made. */
let last: Promise<void> = Promise.resolve();

function enqueue(message: TapeMessage): void {
  if (message === "closed") {
    process.stdout.destroy(Object.assign(new Error("standard output was closed"), { code: "EPIPE" }));
    return;
  }
  last = last.then(() => handle(message));
}

async function handle(message: TapePiece | "finish"): Promise<void> {
  if (process.env.CAL_INSPECT_FAIL_THREAD !== undefined) throw new Error("made to fail");
  if (message === "finish") {
    await finish();
    return;
  }
  const { length } = message;
  player.play(memoryOf(message), length);
  session.pushed(length);
  capture?.flush();
  tellOther();
  const { openCalls } = session.inspector;
  port.postMessage({ openCalls } satisfies TapeReply);
  if (session.full) await session.drain();
  if (capture?.full) await capture.drain();
}

function memoryOf({ id, buffer }: TapePiece): SharedArrayBuffer {
  if (buffer === null) return pieces.get(id!)!;
  if (id !== null) pieces.set(id, buffer);
  return buffer;
}

function openSink(info: ConnectionInfo, timeNs: number): ByteStreamSink {
  const decoder = session.inspector.connection(info, baseSeconds);
  if (writer === null) return decoder;
  const written = writer.connection(info, timeNs);
  return {
    data(...of) {
      written.data(...of);
      decoder.data(...of);
    },
    gap(...of) {
      written.gap(...of);
      decoder.gap(...of);
    },
    close(...of) {
      written.close(...of);
      decoder.close(...of);
    },
  };
}

/** TLS and what else cannot be shown, once. */
function tellOther(): void {
  if (toldOther) return;
  const sentence = formatOtherTraffic(session.inspector.summary.protocols);
  if (sentence === null) return;
  toldOther = true;
  session.talk.warn(sentence);
}

async function finish(): Promise<void> {
  const { summary } = session.inspector;
  await session.end();
  if (summary.calls === 0) session.talk.note(`no gRPC passed, on ${count(summary.connections, "connection")}`);
  else if (options.format !== "text") session.talk.note(formatTotals(summary, TALK));
  try {
    await capture?.end();
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    session.talk.error(error.message);
  }
  port.close();
}
