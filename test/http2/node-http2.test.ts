/** Node's own http2 as an oracle: the bytes between its client and its server decode to what both of them say. */
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import { expect, test } from "@jest/globals";
import type { Side } from "../../src/bytes/byte-stream-sink.js";
import { formatHex } from "../../src/bytes/hex.js";
import type { HeaderField } from "../../src/hpack/header-field.js";
import { Http2Connection } from "../../src/http2/connection.js";
import type { Http2Observer, Http2Stream } from "../../src/http2/observer.js";
import { LIMITS } from "../../src/limits.js";

/** What was said on a stream, as far as both ends and the observer can tell. */
interface Said {
  request: string[];
  requestBody: string;
  response: string[];
  responseBody: string;
  trailers: string[];
  ended: string;
}

const nothing = (): Said => ({
  request: [],
  requestBody: "",
  response: [],
  responseBody: "",
  trailers: [],
  ended: "",
});

const BODY_SIZES = [0, 1, 100, 16_384, 16_385, 100_000];

function lines(headers: http2.IncomingHttpHeaders | Record<string, unknown>): string[] {
  return Object.entries(headers)
    .filter(([name]) => name !== "date")
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one}`))
    .sort();
}

/** Records every byte between a client and a server of node:http2, 60 requests with bodies and trailers of all sizes. */
async function record(): Promise<{ chunks: [Side, Uint8Array][]; said: Map<number, Said> }> {
  const said = new Map<number, Said>();
  const of = (stream: { id?: number }): Said => {
    const id = stream.id!;
    if (!said.has(id)) said.set(id, nothing());
    return said.get(id)!;
  };
  const server = http2.createServer({ settings: { headerTableSize: 256, initialWindowSize: 20_000 } });
  server.on("stream", (stream, headers) => {
    of(stream).request = lines(headers);
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => void (of(stream).requestBody += chunk.toString("hex")));
    stream.on("end", () => {
      if (headers["x-reset"] !== undefined) return stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
      const size = Number(headers["x-size"]);
      stream.respond(
        { ":status": 200, "x-n": String(headers["x-n"]), "set-cookie": ["a=1", "b=2"] },
        { waitForTrailers: true },
      );
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(size % 17), "x-last": "é" }));
      return stream.end(Buffer.alloc(size, size));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;

  const chunks: [Side, Uint8Array][] = [];
  const relay = net.createServer((downstream) => {
    const upstream = net.connect(port, "127.0.0.1");
    for (const [from, to, side] of [
      [downstream, upstream, 0],
      [upstream, downstream, 1],
    ] as const) {
      from.on("data", (chunk) => {
        chunks.push([side, new Uint8Array(chunk)]);
        to.write(chunk);
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
    }
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  const client = http2.connect(`http://127.0.0.1:${(relay.address() as net.AddressInfo).port}`);
  const send = async (n: number): Promise<void> => {
    const size = BODY_SIZES[n % BODY_SIZES.length];
    const more = n % 10 === 9 ? { "x-reset": "1" } : {};
    const sensitive = { [http2.sensitiveHeaders]: ["x-secret"], "x-secret": "hush" };
    const stream = client.request({
      ":method": "POST",
      ":path": `/path/${n % 7}`,
      "x-n": String(n),
      "x-size": String(size),
      "x-long": "v".repeat(n * 20),
      ...sensitive,
      ...more,
    });
    const own = (): Said => of(stream);
    stream.on("response", (headers) => void (own().response = lines(headers)));
    stream.on("trailers", (headers) => void (own().trailers = lines(headers)));
    stream.on("data", (chunk: Buffer) => void (own().responseBody += chunk.toString("hex")));
    stream.on("error", () => {});
    stream.end(Buffer.alloc(size, n));
    await new Promise((resolve) => stream.on("close", resolve));
    own().ended = stream.rstCode === 0 ? "ended" : `reset ${stream.rstCode}`;
  };
  for (let round = 0; round < 6; round++) await Promise.all(Array.from({ length: 10 }, (_, i) => send(round * 10 + i)));
  client.close();
  await once(client, "close");
  server.close();
  relay.close();
  return { chunks, said };
}

function observe(chunks: readonly [Side, Uint8Array][], cut: number): { said: Map<number, Said>; codes: string[] } {
  const said = new Map<number, Said>();
  const codes: string[] = [];
  const of = (stream: Http2Stream): Said => {
    stream.user ??= nothing();
    said.set(stream.id, stream.user as Said);
    return stream.user as Said;
  };
  const fieldLines = (fields: readonly HeaderField[]) =>
    fields
      .filter(({ name }) => name !== "date")
      .map(({ name, value }) => `${name}: ${value}`)
      .sort();
  const observer: Http2Observer = {
    headers(stream, side, { fields, complete }) {
      expect(complete).toBe(true);
      const own = of(stream);
      if (side === 0) own.request = fieldLines(fields);
      else if (own.response.length === 0) own.response = fieldLines(fields);
      else own.trailers = fieldLines(fields);
    },
    data(stream, side, buf, start, end) {
      of(stream)[side === 0 ? "requestBody" : "responseBody"] += formatHex(buf, "", start, end);
    },
    endStream(stream, side) {
      if (side === 1) of(stream).ended = "ended";
    },
    reset: (stream, _side, errorCode) => void (of(stream).ended = `reset ${errorCode}`),
    lost: () => codes.push("lost"),
    close: () => {},
  };
  const connection = new Http2Connection(observer, (code) => codes.push(code), LIMITS);
  const at = [0, 0];
  for (const [side, bytes] of chunks) {
    for (let i = 0; i < bytes.length; i += cut) {
      const piece = bytes.slice(i, i + cut);
      connection.data(side, piece, 0, piece.length, at[side], 0);
      at[side] += piece.length;
      piece.fill(0xaa);
    }
  }
  return { said, codes };
}

test("what node:http2 sends, receives and resets is what is decoded", async () => {
  const { chunks, said } = await record();
  expect(said.size).toBe(60);
  for (const cut of [1 << 20, 1000, 7]) {
    const observed = observe(chunks, cut);
    expect(observed.codes).toEqual([]);
    for (const [id, own] of said) {
      // a reset stream's own end sees no more than was sent
      expect([id, observed.said.get(id)]).toEqual([id, own]);
    }
  }
});
