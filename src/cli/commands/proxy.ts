/** `cal-inspect proxy --listen ADDR --target ADDR`: passes connections on, and shows the calls that they carry. */
import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../../node/input-error.js";
import { DecoderThread } from "../../node/proxy/decoder-thread.js";
import { PassThrough } from "../../node/proxy/listen.js";
import { count } from "../../output/text-totals.js";
import { EXIT_OK } from "../exit-status.js";
import { PROXY_OPTIONS, type ProxyOptions, parseProxyOptions } from "../proxy-options.js";
import type { ProxyThreadData } from "../proxy-thread.js";
import { PROXY_THREAD } from "../proxy-thread-url.js";
import { withReflection } from "../schema.js";
import { Talk } from "../talk.js";

const USAGE = `cal-inspect proxy --listen [HOST:]PORT --target HOST:PORT

Passes connections on, unchanged, and prints the gRPC calls that they carry. Several pairs of --listen
and --target, unix:/path on either side; tls://HOST:PORT speaks TLS to a target. It needs no privileges.`;

const EPILOGUE = `Ctrl-C takes no more clients, waits up to 3 seconds for calls that run, and prints the totals.

  cal-inspect proxy --listen 50050 --target localhost:50051
  cal-inspect proxy --listen 50050 --target tls://api.example.com:443 -w calls.pcapng
  cal-inspect proxy --listen unix:/tmp/cal.sock --target unix:/run/cal.sock --json`;

/** How long calls that run are waited for, once it is to end. */
const GRACE_MS = 3_000;
/** How long peers may take to take what was read for them, then. */
const CLOSE_MS = 500;
const LOOK_MS = 20;
/** Sentences about the same thing that are told; more are counted. */
const MAX_SAME = 5;

export async function proxy(args: readonly string[]): Promise<number> {
  const options = parseProxyOptions(args);
  if (options === "help") {
    const { printHelp } = await import("../help.js");
    return await printHelp({ usage: USAGE, options: PROXY_OPTIONS, epilogue: EPILOGUE });
  }
  const talk = new Talk(options, null, clearLine);
  const asked = await withReflection(options, (sentence) => talk.warn(sentence));
  const thread = new DecoderThread(PROXY_THREAD, threadData(asked), (reason) =>
    talk.error(`the decoder ended: ${reason}; connections go on, and nothing more is shown`),
  );
  if (!(await thread.ready())) throw new InputError(thread.failure ?? "the decoder did not start");
  process.stdout.on("error", () => {
    thread.outputClosed();
    if (options.output === null) talk.warn("nobody reads the output any more; connections go on until Ctrl-C");
  });
  const complaints = new Complaints(talk);
  const stop = stopSignal();
  const passing = await listen(options, thread, talk, complaints);
  await stop;
  await drain(passing, thread, talk);
  complaints.end();
  await thread.finish();
  return EXIT_OK;
}

async function listen(
  { tls, pairs }: ProxyOptions,
  thread: DecoderThread,
  talk: Talk,
  complaints: Complaints,
): Promise<PassThrough> {
  let passing: PassThrough | null = null;
  try {
    passing = new PassThrough(tls, thread.recorder, complaints.tell);
    for (const pair of pairs) talk.note(`${await passing.listen(pair)} → ${pair.targetText}`);
    return passing;
  } catch (error) {
    passing?.stopListening();
    await thread.terminate();
    throw error;
  }
}

function threadData(options: ProxyOptions): ProxyThreadData {
  const kind = ({ isTTY, columns }: NodeJS.WriteStream) => ({ isTTY: isTTY === true, columns });
  const { pairs: _pairs, tls: _tls, writeFile, ...rest } = options;
  return { options: rest, writeFile, stdout: kind(process.stdout), stderr: kind(process.stderr) };
}

/** The decoder's thread draws a status line there. */
function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}

/** Resolves at the first signal to end. The second has its usual effect: the process ends at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

/** Nobody new is taken, calls that run may end, then connections are ended. */
async function drain(passing: PassThrough, thread: DecoderThread, talk: Talk): Promise<void> {
  passing.stopListening();
  const until = performance.now() + GRACE_MS;
  if (thread.openCalls > 0)
    talk.note(
      `waiting up to ${GRACE_MS / 1e3} seconds for ${count(thread.openCalls, "call")} (once more: end at once)`,
    );
  const isBusy = () => thread.failure === null && (thread.openCalls > 0 || !thread.recorder.settled);
  while (passing.connections > 0 && isBusy() && performance.now() < until) await sleep(LOOK_MS);
  passing.end();
  const closed = performance.now() + CLOSE_MS;
  while (passing.connections > 0 && performance.now() < closed) await sleep(LOOK_MS);
  passing.destroy();
}

/** What goes wrong with thousands of clients is told a few times. */
class Complaints {
  private readonly told = new Map<string, number>();

  constructor(private readonly talk: Talk) {}

  readonly tell = (sentence: string, about: string): void => {
    const times = (this.told.get(about) ?? 0) + 1;
    this.told.set(about, times);
    if (times <= MAX_SAME)
      this.talk.error(times === MAX_SAME ? `${sentence} (more of these are only counted)` : sentence);
  };

  end(): void {
    for (const [about, times] of this.told) {
      if (times > MAX_SAME) this.talk.warn(`${times - MAX_SAME} more about ${about}`);
    }
  }
}
