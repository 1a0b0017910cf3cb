/** Records what runs over loopback meanwhile, by tcpdump. */
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "./processes.js";

/** Kernel buffer: in immediate mode each packet of loopback takes 128 KiB of it, so that 1024 can wait for tcpdump. */
const BUFFER_KIB = "131072";

/** Long enough for the kernel to hand over the last packets. */
const SETTLE_MS = 300;

/** Writes the TCP packets of these ports into `file` while `run` runs. Throws when the kernel dropped any. */
export async function recordLoopback(
  file: string,
  ports: readonly (number | string)[],
  run: () => Promise<void>,
): Promise<void> {
  const filter = ports.map((port) => `tcp port ${port}`).join(" or ");
  const options = ["-i", "lo", "-n", "-U", "--immediate-mode", "-B", BUFFER_KIB, "-Z", "root", "-w", file, filter];
  const tcpdump = start("tcpdump", options);
  await tcpdump.waitFor(/listening on lo/);
  try {
    await run();
    await sleep(SETTLE_MS);
  } finally {
    await tcpdump.stop("SIGINT");
  }
  if (!/^0 packets dropped by kernel/m.test(tcpdump.stderr))
    throw new Error(`not all was recorded:\n${tcpdump.stderr}`);
}
