/** The gRPC-Web messages that tshark finds in a capture. */
import { run } from "./processes.js";

export interface WebMessages {
  /** Of both directions of all connections, in the order of the packets that end them; trailers apart. */
  readonly lengths: readonly number[];
  /** Their bodies as hex, joined. */
  readonly bodies: string;
}

/** By what sent them: "127.0.0.1:4711 > 127.0.0.1:8080". */
export async function webMessagesByTshark(file: string, http1Port: number): Promise<Map<string, WebMessages>> {
  const fields = ["tcp.srcport", "tcp.dstport", "grpc.frame_type", "grpc.message_length", "grpc.message_data"];
  const filter = 'grpc && http.content_type contains "grpc-web"';
  const { stdout } = await run("tshark", [
    ...["-r", file, "-d", `tcp.port==${http1Port},http`, "-Y", filter, "-T", "fields"],
    ...fields.flatMap((field) => ["-e", field]),
  ]);
  const found = new Map<string, { lengths: number[]; bodies: string }>();
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const [source, destination, types, lengths, data = ""] = line.split("\t");
    const key = `127.0.0.1:${source} > 127.0.0.1:${destination}`;
    const messages = found.get(key) ?? { lengths: [], bodies: "" };
    found.set(key, messages);
    const bodies = data === "" ? [] : data.split(",");
    const frameTypes = types.split(",").map(Number);
    for (const [i, length] of lengths.split(",").map(Number).entries()) {
      const body = length === 0 ? "" : (bodies.shift() ?? "");
      // tshark's 1: a frame of trailers
      if (frameTypes[i] === 1) continue;
      messages.lengths.push(length);
      messages.bodies += body;
    }
  }
  return found;
}
