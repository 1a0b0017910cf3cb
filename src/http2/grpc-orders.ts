/**
 * The order in which gRPC's implementations send their header fields, as read from their sources and their traffic.
 * "?" behind a name: it may be left out. "*": metadata may stand there.
 */

export type Order = readonly string[];

/** What one implementation's server sends: headers, trailers, and a block that is both (Trailers-Only). */
export interface ServerOrders {
  readonly headers: Order;
  readonly trailers: Order;
  readonly only: Order;
}

const order = (text: string): Order => text.split(" ");

/** nginx' grpc_pass is not among them: it uses no table. */
export const REQUEST_ORDERS: readonly Order[] = [
  // C-core: Python, C++, Ruby, PHP, C#
  ":path :authority :method :scheme content-type te grpc-encoding? grpc-accept-encoding grpc-timeout? user-agent *",
  // grpc-java, on Netty
  ":authority :path :method :scheme content-type te user-agent * grpc-encoding? grpc-accept-encoding grpc-timeout?",
  // grpc-js, on Node's http2
  ":authority :method :path :scheme * grpc-accept-encoding accept-encoding grpc-timeout? user-agent content-type te",
  // grpc-go
  ":method :scheme :path :authority content-type user-agent te grpc-previous-rpc-attempts? grpc-encoding? " +
    "grpc-accept-encoding? grpc-timeout? *",
  // tonic, on Rust's h2
  ":method :scheme :authority :path te content-type grpc-timeout? grpc-encoding? grpc-accept-encoding? * user-agent",
  // grpc-dotnet, on HttpClient
  ":method :scheme :authority :path te grpc-accept-encoding? grpc-timeout? * user-agent content-type",
].map(order);

const STATUS = "grpc-status grpc-message? grpc-status-details-bin? *";

export const SERVER_ORDERS: readonly ServerOrders[] = [
  // C-core
  [":status content-type grpc-encoding? grpc-accept-encoding *", STATUS, `:status content-type ${STATUS}`],
  // grpc-go
  [
    ":status content-type grpc-encoding? *",
    "grpc-status grpc-message grpc-status-details-bin? *",
    ":status content-type grpc-status grpc-message grpc-status-details-bin? *",
  ],
  // grpc-java
  [
    ":status content-type * grpc-encoding grpc-accept-encoding",
    "* grpc-status grpc-message?",
    ":status content-type * grpc-status grpc-message?",
  ],
  // grpc-js
  [
    ":status content-type * grpc-accept-encoding grpc-encoding date",
    "grpc-status grpc-message *",
    ":status grpc-status grpc-message content-type * date",
  ],
  // nginx in front of another
  [
    ":status server date content-type * grpc-encoding? grpc-accept-encoding?",
    STATUS,
    `:status server date content-type content-length? ${STATUS}`,
  ],
].map(([headers, trailers, only]) => ({ headers: order(headers), trailers: order(trailers), only: order(only) }));

/** What a known value of such a field looks like. */
const SHAPES: ReadonlyMap<string, RegExp> = new Map([
  [":path", /^\//],
  ["te", /^trailers$/],
  ["content-type", /^application\//],
  ["user-agent", /\//],
  ["grpc-timeout", /^\d{1,8}[HMSmun]$/],
  ["grpc-encoding", /^[a-z][a-z0-9-]*$/],
  ["grpc-accept-encoding", /^[a-z][a-z0-9-]*(, ?[a-z0-9-]+)*$/],
  ["accept-encoding", /^[a-z][a-z0-9-]*(, ?[a-z0-9-]+)*$/],
  ["grpc-previous-rpc-attempts", /^\d+$/],
  ["grpc-status", /^\d{1,2}$/],
  ["date", /^[A-Z][a-z]{2}, /],
  ["content-length", /^\d+$/],
]);

/** Whether a field of that name can have that value. */
export function canBe(name: string, value: string): boolean {
  return SHAPES.get(name)?.test(value) ?? true;
}

/** Fields that a peer sends with the same value in every call of a connection. */
export const CONSTANT: ReadonlySet<string> = new Set([
  ":authority",
  "content-type",
  "te",
  "user-agent",
  "grpc-accept-encoding",
  "accept-encoding",
  "server",
]);

/** Metadata is not worth a name; a value of this shape is none. */
export const TIMEOUT = SHAPES.get("grpc-timeout")!;
