/** `cal-inspect --follow FILE`: the calls of a capture that another program is writing, until Ctrl-C. */
import { followFile } from "../../node/follow-file.js";
import { onInterrupt, readLive } from "../live-input.js";
import { LiveSession } from "../live-session.js";
import type { InspectOptions } from "../options.js";
import { withReflection } from "../schema.js";
import { Talk } from "../talk.js";
import { UsageError } from "../usage-error.js";
import { refuseOverwriting } from "../world.js";

const WHY = { truncated: "was cut off", replaced: "was replaced by another file" } as const;

export async function follow(options: InspectOptions): Promise<number> {
  const { captures, merge, reader } = options;
  if (captures.length !== 1 || merge) throw new UsageError("--follow takes one capture file");
  const [path] = captures;
  if (path === "-") throw new UsageError("standard input is read as it comes: cal-inspect - needs no --follow");
  if (reader !== "own") throw new UsageError("--follow reads captures with its own reader");
  refuseOverwriting(options);
  const talk = new Talk(options);
  const session = new LiveSession(await withReflection(options, (sentence) => talk.warn(sentence)), path);
  let interrupted = false;
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const forget = onInterrupt(() => {
    interrupted = true;
    stop();
  });
  try {
    await readLive(bytesOf(path, stopped, session), session);
  } finally {
    forget();
    await session.end();
  }
  return session.exitStatus(path, interrupted);
}

async function* bytesOf(path: string, stopped: Promise<void>, session: LiveSession): AsyncGenerator<Uint8Array> {
  for await (const piece of followFile(path, stopped)) {
    if (typeof piece !== "string") {
      yield piece;
      continue;
    }
    session.talk.warn(`${path} ${WHY[piece]}: it is read from its beginning`);
    session.inspector.nextFile();
  }
}
