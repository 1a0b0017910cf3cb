/** A file that grows → its bytes as they are written, until somebody stops. It may be cut to nothing, or replaced by another. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { InputError } from "./input-error.js";
import { describeSystemError } from "./system-error.js";

const CHUNK_BYTES = 1024 * 1024;
/** Between two looks for more. */
const LOOK_MS = 50;

/** The next bytes, borrowed until the next are asked for; or that the file begins anew, and why. */
export type Followed = Uint8Array | "truncated" | "replaced";

/** Throws InputError. */
export async function* followFile(path: string, stopped: Promise<void>): AsyncGenerator<Followed> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  let file = await openFile(path);
  let position = 0;
  let running = true;
  let wake = () => {};
  stopped.then(() => {
    running = false;
    wake();
  });
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position);
      if (bytesRead > 0) {
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
        continue;
      }
      const { size, ino } = await file.stat();
      if (size < position) {
        position = 0;
        yield "truncated";
        continue;
      }
      const named = await stat(path).catch(() => null);
      if (named !== null && named.ino !== ino) {
        await file.close();
        file = await openFile(path);
        position = 0;
        yield "replaced";
        continue;
      }
      // Behind the last look: what was written until the stop has been read.
      if (!running) return;
      // Not Promise.race: it would leave something on `stopped` at each look.
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, LOOK_MS);
      });
    }
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`cannot read ${path}: ${describeSystemError(error)}`);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path).catch((error) => {
    throw new InputError(`cannot open ${path}: ${describeSystemError(error)}`);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new InputError(`${path} is no file that can grow: --follow takes a capture file that is being written`);
}
