/** `cal-inspect infer <capture…>`: the messages in captures → a .proto that explains them. */
import { type Call, type CallHalf, type CallMessage, halfName } from "../../call/call.js";
import { bodyOf } from "../../call/decode.js";
import { OutputStream } from "../../node/output-stream.js";
import { writeFiles } from "../../node/write-files.js";
import type { Output } from "../../output/output.js";
import { count } from "../../output/text-totals.js";
import { SchemaInference } from "../../protobuf/infer/infer-schema.js";
import { type ProtoFile, Schema } from "../../protobuf/schema.js";
import { EXIT_NO_GRPC, EXIT_OK } from "../exit-status.js";
import { CAPTURE_OPTIONS, HELP_OPTIONS, inspectOptions, OUTPUT_OPTIONS } from "../options.js";
import { Talk } from "../talk.js";
import { UsageError } from "../usage-error.js";
import { type OptionTable, readWords, single } from "../words.js";
import { refuseOverwriting } from "../world.js";
import { inspect } from "./inspect.js";

const USAGE = `cal-inspect infer <capture…>

Writes a .proto file that explains the gRPC messages in packet captures: services and methods by the
paths of the calls, message types by what all messages of a method have in common. Each guess has its
evidence as a comment; names of messages and fields are made up.`;

const EPILOGUE = `  cal-inspect infer calls.pcap > inferred.proto
  cal-inspect infer calls.pcap --proto-out inferred && cal-inspect calls.pcap --proto inferred`;

const { output, color, limit } = OUTPUT_OPTIONS;

const TABLE = {
  output,
  "proto-out": {
    type: "string",
    requiresArg: true,
    describe: "write a .proto file for each package below this folder",
  },
  color,
  limit,
  ...CAPTURE_OPTIONS,
  ...HELP_OPTIONS,
} as const satisfies OptionTable;

export async function infer(args: readonly string[]): Promise<number> {
  const words = readWords(args, TABLE);
  if (words.values.help) {
    const { printHelp } = await import("../help.js");
    return await printHelp({ usage: USAGE, options: TABLE, epilogue: EPILOGUE });
  }
  const folder = single(words.values, "proto-out");
  const options = inspectOptions(words);
  if (folder !== null && options.output !== null)
    throw new UsageError("--output and --proto-out ask for different things: give one of them");
  refuseOverwriting(options);
  const talk = new Talk(options);
  const gathering = new Gathering();
  const status = await inspect({ ...options, output: null, format: "json" }, () => gathering.output, Schema.empty);
  gathering.tell((sentence) => talk.warn(sentence));
  const files = gathering.inference.toProtoFiles();
  if (files.length === 0) {
    if (status !== EXIT_OK) return status;
    talk.error("nothing to infer: no call of an unknown service carried a message, or had a path");
    return EXIT_NO_GRPC;
  }
  if (folder !== null)
    writeFiles(
      folder,
      files.map(({ path, text }) => ({ path, content: text })),
    );
  else await print(files, options.output, talk);
  return status;
}

async function print(files: readonly ProtoFile[], file: string | null, talk: Talk): Promise<void> {
  const stream = file === null ? OutputStream.stdout() : OutputStream.file(file);
  if (files.length === 1) stream.write(files[0].text);
  else {
    talk.warn(
      `the calls are of ${files.length} packages, and a .proto file holds one: --proto-out DIR writes a file for each`,
    );
    stream.write(files.map(({ path, text }) => `// File ${path}\n${text}`).join("\n"));
  }
  await stream.end();
}

const TOO_MANY = "more methods and fields than are told apart; what stands before the first such field is used";

/** Takes the messages of unknown services in as they come: none is kept. */
class Gathering {
  readonly inference = new SchemaInference();
  readonly output: Output = {
    listMessages: false,
    callMessage: (call, half, message) => this.take(call, half, message),
    end: () => {},
  };
  /** Messages that say nothing, by why. */
  private readonly passedOver = new Map<string, number>();

  private take(call: Call, half: CallHalf, message: CallMessage): void {
    const why = this.add(call, half, message);
    if (why !== null) this.passedOver.set(why, (this.passedOver.get(why) ?? 0) + 1);
  }

  private add(call: Call, half: CallHalf, message: CallMessage): string | null {
    if (call.path === null) return "the path of the call was not seen";
    // Health checks, reflection and the like are known to everybody.
    if (Schema.empty.method(call.path) !== null) return null;
    if (half.codec !== "proto") return "no protobuf";
    const body = message.complete ? bodyOf(call, half, message, []) : null;
    if (body === null) return "not whole, or not to be decompressed";
    const { inference } = this;
    const { path } = call;
    if (inference.method(path) === null) return inference.full ? TOO_MANY : "the path of the call is no method's";
    if (inference.add(path, halfName(half.side), message.index, body, 0, body.length)) return null;
    return inference.full ? TOO_MANY : "no protobuf to the end; what stands before is used";
  }

  tell(warn: (sentence: string) => void): void {
    for (const [why, times] of this.passedOver) warn(`${count(times, "message")} left out: ${why}`);
  }
}
