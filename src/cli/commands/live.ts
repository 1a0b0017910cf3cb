/** `cal-inspect live -i IFACE [filter…]`: the calls on a network interface, through dumpcap or tcpdump. */
import { CaptureProcess } from "../../node/capture-process.js";
import { type CaptureRequest, captureTools, listInterfaces } from "../../node/capture-tool.js";
import { InputError } from "../../node/input-error.js";
import { count } from "../../output/text-totals.js";
import { explainComplaint, explainNoTool } from "../capture-advice.js";
import { EXIT_OK } from "../exit-status.js";
import { onInterrupt, PacketFile, readLive, standardInput } from "../live-input.js";
import { type LiveOptions, LiveSession } from "../live-session.js";
import { HELP_OPTIONS, OUTPUT_OPTIONS, outputOptions, SCHEMA_OPTIONS, schemaOptions } from "../options.js";
import { withReflection } from "../schema.js";
import { Talk } from "../talk.js";
import { UsageError } from "../usage-error.js";
import { type OptionTable, readWords, single, strings, type Words } from "../words.js";

const USAGE = `cal-inspect live -i IFACE [filter…]

Shows the gRPC calls on a network interface while they happen. dumpcap or tcpdump captures; the filter
is theirs, as in tcp port 50051. Ctrl-C ends it, with totals.`;

const EPILOGUE = `  cal-inspect live -i any tcp port 50051
  cal-inspect live -i lo -w calls.pcapng --duration 60 --json
  ssh host tcpdump -i any -U -w - tcp port 50051 | cal-inspect live -i -`;

const TABLE = {
  interface: {
    alias: "i",
    type: "string",
    array: true,
    requiresArg: true,
    describe: "the interface; any for all; - for a capture on standard input",
  },
  "list-interfaces": { alias: "D", type: "boolean", describe: "list the interfaces" },
  write: { alias: "w", type: "string", requiresArg: true, describe: "keep the packets in this file" },
  count: { alias: "c", type: "string", requiresArg: true, describe: "end after so many packets" },
  duration: { type: "string", requiresArg: true, describe: "end after so many seconds; 5m and 2h are understood" },
  ...SCHEMA_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...HELP_OPTIONS,
} as const satisfies OptionTable;

/** Garbage that may wait: a pause costs packets, which the kernel holds for some tenths of a second at full speed. */
const HEAP_SLACK_BYTES = 64 * 1024 * 1024;

interface Request extends LiveOptions {
  readonly capture: CaptureRequest;
  readonly write: string | null;
  readonly durationMs: number | null;
}

export async function live(args: readonly string[]): Promise<number> {
  const words = readWords(args, TABLE);
  if (words.values.help) {
    const { printHelp } = await import("../help.js");
    return await printHelp({ usage: USAGE, options: TABLE, epilogue: EPILOGUE });
  }
  if (words.values["list-interfaces"]) return printInterfaces();
  const request = requestOf(words);
  const talk = new Talk(request);
  const session = new LiveSession(
    await withReflection(request, (sentence) => talk.warn(sentence)),
    null,
    HEAP_SLACK_BYTES,
  );
  const file = request.write === null ? null : new PacketFile(request.write);
  let stop = () => {};
  let interrupted = false;
  const forget = onInterrupt(() => {
    interrupted = true;
    stop();
  });
  const read = request.capture.interfaces[0] === "-" ? readStdin : readInterfaces;
  try {
    await read(request, session, file, (how) => {
      stop = how;
      if (interrupted) stop();
    });
  } finally {
    forget();
    file?.close();
    await session.end();
  }
  return session.exitStatus(request.capture.interfaces.join(", "), interrupted);
}

/** `onStop` gets how to end it early. */
type Read = (
  request: Request,
  session: LiveSession,
  file: PacketFile | null,
  onStop: (stop: () => void) => void,
) => Promise<void>;

const readInterfaces: Read = async ({ capture, durationMs }, session, file, onStop) => {
  const tools = captureTools(capture.interfaces);
  const allowed = tools.filter(({ program }) => program.allowed);
  if (allowed.length === 0) throw new InputError(explainNoTool(tools, capture));
  for (const [index, tool] of allowed.entries()) {
    const process = new CaptureProcess(tool, capture);
    onStop(() => process.stop());
    session.drops = () => process.dropped;
    // Counts from when it captures: a busy machine takes its time to start a program.
    let timer: NodeJS.Timeout | null = null;
    const begun = (): void => {
      session.talk.note(`${tool.name} captures on ${capture.interfaces.join(", ")}; Ctrl-C ends it`);
      if (durationMs !== null) timer = setTimeout(() => process.stop(), durationMs);
    };
    try {
      await readLive(announced(process, begun), session, file);
      if (session.closed) process.stop();
    } catch (error) {
      process.stop();
      throw error;
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
    const { failed, signal, received, dropped } = await process.end();
    if (failed && signal !== null)
      throw new InputError(`${tool.name} was killed (${signal}); what came before is shown`);
    if (failed && session.inspector.summary.packets === 0) {
      const complaint = explainComplaint(process.said, tool, capture);
      if (complaint.permission && index < allowed.length - 1) continue;
      throw complaint.usage ? new UsageError(complaint.text) : new InputError(complaint.text);
    }
    const sentence = `${tool.name} received ${count(received, "packet")} and dropped ${dropped ?? "an unknown number"}`;
    if (dropped === null || dropped > 0)
      session.talk.warn(`${sentence}: calls may be missing; a narrower filter helps`);
    else session.talk.note(sentence);
    if (failed) throw new InputError(`${tool.name} ended early: ${lastLine(process.said)}`);
    return;
  }
};

const readStdin: Read = async ({ durationMs }, session, file) => {
  await readLive(standardInput(durationMs), session, file);
};

/** Its bytes; `begun` is called before the first of them, when it captures. */
async function* announced(process: CaptureProcess, begun: () => void): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of process.bytes) {
    if (first) begun();
    first = false;
    yield chunk as Uint8Array;
  }
}

function printInterfaces(): number {
  const names = listInterfaces();
  if (names === null) throw new InputError(explainNoTool(captureTools([""]), null));
  process.stdout.write(`${names.join("\n")}\n`);
  return EXIT_OK;
}

/** Throws UsageError. */
function requestOf({ values, positionals }: Words): Request {
  const interfaces = strings(values.interface);
  if (interfaces.length === 0)
    throw new UsageError("live needs an interface, as in cal-inspect live -i lo; cal-inspect live -D lists them");
  if (interfaces.includes("-") && (interfaces.length > 1 || positionals.length > 0 || values.count !== undefined))
    throw new UsageError(
      "standard input is captured by somebody else: it takes no filter, no -c and no other interface",
    );
  return {
    ...schemaOptions(values),
    ...outputOptions(values),
    capture: { interfaces, filter: positionals.join(" "), packets: countOf(single(values, "count")) },
    write: single(values, "write"),
    durationMs: durationOf(single(values, "duration")),
  };
}

function countOf(text: string | null): number | null {
  if (text === null) return null;
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new UsageError(`--count takes a number of packets, not ${text}`);
  return Number(text);
}

const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3_600 };
/** What a timer holds. */
const MAX_DURATION_MS = 2 ** 31 - 1;

function durationOf(text: string | null): number | null {
  if (text === null) return null;
  const [, number, unit] = /^([0-9]+(?:\.[0-9]+)?)([smh]?)$/.exec(text) ?? [];
  const ms = Number(number) * SECONDS[unit ?? ""] * 1_000;
  if (number === undefined || ms === 0 || ms > MAX_DURATION_MS)
    throw new UsageError(`--duration takes seconds, or a time as in 90s, 5m and 2h, up to 24 days, not ${text}`);
  return ms;
}

function lastLine(said: string): string {
  return said.trim().split("\n").at(-1) ?? "";
}
