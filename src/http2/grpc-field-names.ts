/**
 * Names for header fields whose table entries were never seen, from the order in which gRPC's implementations send them.
 *
 * An implementation sends the same fields in the same order in every call. Which implementations can have sent a block is
 * told by the names in it that are known; what all of those that are left agree on is stated, as inferred. To be asked of
 * calls only that are known to be gRPC.
 */
import type { HeaderField } from "../hpack/header-field.js";
import { inferName, inferValue } from "../hpack/placeholders.js";

/** nginx' grpc_pass is not among them: it uses no table. "?" behind a name: it may be left out. What comes behind the last one is metadata. */
const REQUEST_ORDERS: readonly (readonly string[])[] = [
  // C-core: Python, C++, Ruby, PHP, C#
  ":path :authority :method :scheme content-type te grpc-encoding? grpc-accept-encoding grpc-timeout? user-agent",
  // grpc-java, on Netty
  ":authority :path :method :scheme content-type te user-agent grpc-encoding? grpc-accept-encoding? grpc-timeout?",
  // grpc-js, on Node's http2
  ":authority :method :path :scheme grpc-accept-encoding? accept-encoding? grpc-timeout? user-agent content-type te",
  // grpc-go
  ":method :scheme :path :authority content-type user-agent te grpc-previous-rpc-attempts? grpc-encoding? " +
    "grpc-accept-encoding? grpc-timeout?",
  // tonic, on Rust's h2
  ":method :scheme :authority :path te content-type grpc-timeout? grpc-encoding? grpc-accept-encoding? user-agent",
  // grpc-dotnet, on HttpClient
  ":method :scheme :authority :path te grpc-accept-encoding? grpc-timeout? user-agent content-type",
].map((order) => order.split(" "));

const RESPONSE_ORDERS: readonly (readonly string[])[] = [
  ":status content-type grpc-encoding? grpc-accept-encoding? date?",
  ":status content-type grpc-accept-encoding grpc-encoding date",
  ":status server? date? content-type grpc-encoding? grpc-accept-encoding?",
  ":status content-type grpc-encoding? grpc-accept-encoding? grpc-status grpc-message? grpc-status-details-bin?",
  ":status content-type grpc-status grpc-message? grpc-status-details-bin?",
  ":status grpc-status grpc-message? content-type date",
].map((order) => order.split(" "));

const TRAILERS_ORDERS: readonly (readonly string[])[] = ["grpc-status grpc-message? grpc-status-details-bin?"].map(
  (order) => order.split(" "),
);

/** What such a field nearly always says. */
const VALUES: ReadonlyMap<string, string> = new Map([
  ["te", "trailers"],
  ["content-type", "application/grpc"],
]);

/** Blocks that wait for more to be known. */
const MAX_WAITING = 16;

export class GrpcFieldNames {
  /** The orders that the client's blocks so far can have come from. */
  private orders = REQUEST_ORDERS;
  private readonly waiting: (readonly HeaderField[])[] = [];
  /** The first request's fields: where another request differs, the field is no authority. */
  private first: readonly HeaderField[] | null = null;

  /** The fields of a gRPC request. True: something was filled in, also of requests before. */
  request(fields: readonly HeaderField[]): boolean {
    const left = this.orders.filter((order) => assignments(order, fields).length > 0);
    // a proxy may mix clients on one connection: then nothing is to be had from their order
    if (left.length > 0) this.orders = left;
    this.excludeVarying(fields);
    if (hasUnknown(fields) && this.waiting.length < MAX_WAITING) this.waiting.push(fields);
    let filled = false;
    for (const block of this.waiting) filled = fill(this.orders, block) || filled;
    return filled;
  }

  response(fields: readonly HeaderField[]): boolean {
    return hasUnknown(fields) && fill(RESPONSE_ORDERS, fields);
  }

  /** `answered`: messages were sent before them. Then a status that is not spelled out, with no message to it, is OK. */
  trailers(fields: readonly HeaderField[], answered: boolean): boolean {
    if (!hasUnknown(fields)) return false;
    const filled = fill(TRAILERS_ORDERS, fields);
    const message = fields.find(({ name }) => name === "grpc-message");
    if (answered && (message === undefined || message.value === "")) {
      for (const field of fields) if (field.name === "grpc-status") inferValue(field, "0");
    }
    return filled;
  }

  /** Two requests of one connection differ in their path sooner than in their authority. */
  private excludeVarying(fields: readonly HeaderField[]): void {
    this.first ??= fields;
    const { first } = this;
    const left = this.orders.filter((order) => {
      const i = order.indexOf(":authority");
      return i >= fields.length || i >= first.length || !differ(first[i], fields[i]);
    });
    if (left.length > 0) this.orders = left;
  }
}

function differ(some: HeaderField, other: HeaderField): boolean {
  if (some === other) return false;
  if (some.valueSource === "unknown" || other.valueSource === "unknown") return some.placeholder !== other.placeholder;
  return some.value !== other.value;
}

function hasUnknown(fields: readonly HeaderField[]): boolean {
  return fields.some(({ nameSource, valueSource }) => nameSource === "unknown" || valueSource === "unknown");
}

/** Fills in the names that all orders agree on in all the ways in which they fit. */
function fill(orders: readonly (readonly string[])[], fields: readonly HeaderField[]): boolean {
  const ways = orders.flatMap((order) => assignments(order, fields));
  if (ways.length === 0) return false;
  let filled = false;
  for (const [i, field] of fields.entries()) {
    const name = ways[0][i];
    if (name === "" || ways.some((way) => way[i] !== name)) continue;
    if (field.nameSource === "unknown") {
      inferName(field, name);
      filled = true;
    }
    const value = VALUES.get(name);
    if (value !== undefined && field.valueSource === "unknown") inferValue(field, value);
  }
  return filled;
}

/** Every way in which the fields can be an order's: per field its name, "" for metadata behind it. */
function assignments(order: readonly string[], fields: readonly HeaderField[]): string[][] {
  const ways: string[][] = [];
  const names: string[] = [];
  const known = new Set(order.map((name) => name.replace("?", "")));
  const place = (at: number, i: number): void => {
    if (at === order.length) {
      const rest = fields.slice(i);
      // a field that the order has does not come behind it as metadata
      if (!rest.some(({ name }) => known.has(name))) ways.push([...names, ...rest.map(() => "")]);
      return;
    }
    const optional = order[at].endsWith("?");
    const name = optional ? order[at].slice(0, -1) : order[at];
    const field = fields[i];
    if (field !== undefined && (field.nameSource === "unknown" || field.name === name)) {
      names.push(name);
      place(at + 1, i + 1);
      names.pop();
    }
    if (optional && (field === undefined || field.name !== name)) place(at + 1, i);
  };
  place(0, 0);
  return ways;
}
