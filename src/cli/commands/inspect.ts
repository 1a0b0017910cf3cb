/** The default command: captures → calls on standard output, talk on standard error, exit status of the contract. */
import { Inspector, type InspectorOptions } from "../../engine/inspector.js";
import { readInput } from "../../node/input.js";
import { InputError } from "../../node/input-error.js";
import { OutputStream } from "../../node/output-stream.js";
import { nodePorts } from "../../node/ports.js";
import type { Output } from "../../output/output.js";
import { EXIT_DAMAGED, EXIT_NO_GRPC, EXIT_OK } from "../exit-status.js";
import { explainNoGrpc } from "../no-grpc.js";
import type { InspectOptions } from "../options.js";
import { createOutput } from "../output-format.js";
import { schemaOf } from "../schema.js";
import { Talk } from "../talk.js";
import { UsageError } from "../usage-error.js";

export async function inspect(options: InspectOptions): Promise<number> {
  if (options.captures.length === 0) throw new UsageError("no capture is named, as in cal-inspect captures/add.pcap");
  const talk = new Talk(options);
  const schema = schemaOf(options, (sentence) => talk.warn(sentence));
  const stream = options.output === null ? OutputStream.stdout() : OutputStream.file(options.output);
  const engineOptions: Partial<InspectorOptions> = {
    schema,
    limits: options.limits,
    raw: options.raw,
    emitDefaults: options.emitDefaults,
  };
  let status = EXIT_NO_GRPC;
  for (const [index, capture] of options.captures.entries()) {
    if (stream.closed) break;
    const named = options.captures.length > 1;
    if (named && options.format === "text") stream.write(`${index > 0 ? "\n" : ""}${capture}:\n`);
    const output = createOutput(options, stream.write);
    stream.flush();
    status = worse(
      status,
      await inspectOne(capture, engineOptions, output, stream, talk.about(named ? capture : null)),
    );
  }
  await stream.end();
  return status;
}

/** Reads one capture, in a world of its own; its exit status. */
async function inspectOne(
  capture: string,
  options: Partial<InspectorOptions>,
  output: Output,
  stream: OutputStream,
  talk: Talk,
): Promise<number> {
  const inspector = new Inspector(
    nodePorts,
    { ...options, capture },
    {
      ...output,
      diagnostic: (diagnostic) => talk.diagnostic(diagnostic),
    },
  );
  let readable = true;
  try {
    for await (const chunk of readInput(capture)) {
      inspector.push(chunk);
      if (capture === "-") stream.flush();
      if (stream.full) await stream.drain();
      if (stream.closed) break;
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    talk.error(error.message);
    readable = false;
  }
  if (readable || inspector.summary.packets > 0) inspector.finish();
  if (inspector.summary.calls > 0) output.end(inspector.summary);
  talk.untold(inspector.untold);
  if (!readable || inspector.damaged) return EXIT_DAMAGED;
  if (inspector.summary.calls > 0) return EXIT_OK;
  talk.error(explainNoGrpc(capture, inspector.summary, inspector.packetCounts));
  return EXIT_NO_GRPC;
}

/** Damage outweighs everything; a capture with calls outweighs one without gRPC. */
function worse(a: number, b: number): number {
  if (a === EXIT_DAMAGED || b === EXIT_DAMAGED) return EXIT_DAMAGED;
  return Math.min(a, b);
}
