/** The default command: captures → calls on standard output, talk on standard error, exit status of the contract. */
import { Inspector, type InspectorOptions } from "../../engine/inspector.js";
import { InputError } from "../../node/input-error.js";
import { OutputStream } from "../../node/output-stream.js";
import { nodePorts } from "../../node/ports.js";
import type { Output } from "../../output/output.js";
import type { Schema } from "../../protobuf/schema.js";
import { EXIT_DAMAGED, EXIT_NO_GRPC, EXIT_OK } from "../exit-status.js";
import { explainNoGrpc } from "../no-grpc.js";
import type { InspectOptions } from "../options.js";
import { type CreateOutput, createOutput } from "../output-format.js";
import { schemaOf, withReflection } from "../schema.js";
import { Talk } from "../talk.js";
import { UsageError } from "../usage-error.js";
import { captureWorld, mergedWorld, readerOf, refuseOverwriting, titleOf, type World } from "../world.js";

/** `schema`: in place of the one that the options name. */
export async function inspect(
  options: InspectOptions,
  create: CreateOutput = createOutput,
  schema: Schema | null = null,
): Promise<number> {
  const { captures, merge } = options;
  if (captures.length === 0) throw new UsageError("no capture is named: give a file, or - for standard input");
  refuseOverwriting(options);
  const talk = new Talk(options);
  const warn = (sentence: string) => talk.warn(sentence);
  const engineOptions: Partial<InspectorOptions> = {
    schema: schema ?? schemaOf(await withReflection(options, warn), warn),
    limits: options.limits,
    guessPath: options.guessPath,
    raw: options.raw,
    emitDefaults: options.emitDefaults,
    ...(await readerOf(options)),
  };
  const stream = options.output === null ? OutputStream.stdout() : OutputStream.file(options.output);
  const worlds = merge && captures.length > 1 ? [mergedWorld(captures)] : captures.map(captureWorld);
  let status = EXIT_NO_GRPC;
  for (const [index, world] of worlds.entries()) {
    if (stream.closed) break;
    const named = worlds.length > 1;
    if (named && options.format === "text") stream.write(`${index > 0 ? "\n" : ""}${titleOf(world)}:\n`);
    stream.flush();
    const output = create(options, stream.write, world.merged);
    status = worse(
      status,
      await inspectWorld(world, engineOptions, output, stream, talk.about(named ? titleOf(world) : null)),
    );
  }
  await stream.end();
  return status;
}

/** Reads one world; its exit status. */
async function inspectWorld(
  world: World,
  options: Partial<InspectorOptions>,
  output: Output,
  stream: OutputStream,
  talk: Talk,
): Promise<number> {
  const { name, merged, whole, feed } = world;
  const inspector = new Inspector(
    nodePorts,
    { ...options, capture: name, merged, holdUnexplained: whole },
    { ...output, diagnostic: (diagnostic) => talk.diagnostic(diagnostic, merged, titleOf(world)) },
  );
  const pause = async () => {
    if (name === "-") stream.flush();
    if (stream.full) await stream.drain();
    return !stream.closed;
  };
  let readable = true;
  try {
    await feed(inspector, pause);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // The sentence names the capture itself.
    talk.about(null).error(error.message);
    readable = false;
  }
  // Nobody reads on (`| head`): what is left unread is no damage.
  if (stream.closed) return EXIT_OK;
  if (readable || inspector.summary.packets > 0) inspector.finish();
  const { calls, frames } = inspector.summary;
  const printed = output.frame === undefined ? calls : frames;
  if (printed > 0) output.end(inspector.summary);
  talk.untold(inspector.untold);
  talk.schemaProblems(inspector.schemaProblems);
  if (!readable || inspector.damaged) return EXIT_DAMAGED;
  if (printed > 0) return EXIT_OK;
  const wanted = output.frame === undefined ? "gRPC" : "HTTP/2";
  talk.about(null).error(explainNoGrpc(titleOf(world), inspector.summary, inspector.packetCounts, wanted));
  return EXIT_NO_GRPC;
}

/** Damage outweighs everything; a capture with calls outweighs one without gRPC. */
function worse(a: number, b: number): number {
  if (a === EXIT_DAMAGED || b === EXIT_DAMAGED) return EXIT_DAMAGED;
  return Math.min(a, b);
}
