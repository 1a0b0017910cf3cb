/** A TCP relay that hashes what passes, each direction of each connection: what stands on either side of a proxy says the same. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type ListenOptions, type Socket } from "node:net";

export interface HashRelay {
  readonly port: number;
  /** "SHA-256 of the client's bytes, of the server's" of each connection that has ended, sorted. */
  hashes(): Promise<string[]>;
}

/** Passes on to a port of this machine, or to the Unix socket at a path; listens likewise where `at` says so. */
export async function startHashRelay(
  target: number | string,
  at: ListenOptions = { port: 0, host: "127.0.0.1" },
): Promise<HashRelay> {
  const ended: Promise<string>[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const options = typeof target === "string" ? { path: target } : { port: target, host: "127.0.0.1" };
    const onward = connect({ ...options, allowHalfOpen: true, noDelay: true });
    ended.push(Promise.all([pass(client, onward), pass(onward, client)]).then((digests) => digests.join(" ")));
  });
  server.listen(at);
  await once(server, "listening");
  const address = server.address() as AddressInfo | string;
  const hashes = async (): Promise<string[]> => {
    server.close();
    return (await Promise.all(ended)).sort();
  };
  return { port: typeof address === "string" ? 0 : address.port, hashes };
}

async function pass(from: Socket, to: Socket): Promise<string> {
  const hash = createHash("sha256");
  from.on("data", (bytes) => hash.update(bytes));
  from.on("error", () => to.destroy());
  from.pipe(to);
  await once(from, "close").catch(() => {});
  return hash.digest("hex").slice(0, 16);
}
