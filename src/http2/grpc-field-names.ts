/**
 * Names for header fields whose table entries were never seen, from the order in which gRPC's implementations send them.
 *
 * An implementation sends the same fields in the same order in every call. Which implementations can have sent a block is
 * told by what was read of it, never by what was inferred before, or a wrong guess would confirm itself; what all of those that
 * are left agree on is stated, as inferred. To be asked of calls only that are known to be gRPC.
 */
import type { HeaderField, Source } from "../hpack/header-field.js";
import { inferName, inferValue } from "../hpack/placeholders.js";
import {
  CONSTANT,
  canBe,
  type Order,
  REQUEST_ORDERS,
  SERVER_ORDERS,
  type ServerOrders,
  TIMEOUT,
} from "./grpc-orders.js";

/** Blocks that wait for more to be known. */
const MAX_WAITING = 16;

/** Longer blocks are not looked at: the ways to read them are many. */
const MAX_FIELDS = 32;

type BlockKind = keyof ServerOrders;

export class GrpcFieldNames {
  /** The orders that the blocks so far can have come from, or most of them: one that was read wrong decides nothing. */
  private orders = REQUEST_ORDERS;
  private servers = SERVER_ORDERS;
  private readonly requestMisses = new Array<number>(REQUEST_ORDERS.length).fill(0);
  private readonly serverMisses = new Array<number>(SERVER_ORDERS.length).fill(0);
  private readonly requests: (readonly HeaderField[])[] = [];
  /** Something was learnt since the blocks that wait, of requests and of answers, were last gone through. */
  private requestsStale = false;
  private answersStale = false;
  private readonly answers: { readonly kind: BlockKind; readonly fields: readonly HeaderField[] }[] = [];
  /** The first request's fields: where another request differs, the field is no authority. */
  private first: readonly HeaderField[] | null = null;
  /** Per side, values of fields that are the same in every call; null: they are not. */
  private readonly constants = [new Map<string, string | null>(), new Map<string, string | null>()] as const;
  /** Fields named by inference, per side, that such a value is still to be had for. */
  private readonly valueless = [new Map<number, HeaderField>(), new Map<number, HeaderField>()] as const;

  /** The fields of a gRPC request: fills in what can be, also of requests before. */
  request(fields: readonly HeaderField[]): void {
    if (fields.length > MAX_FIELDS) return;
    const before = this.orders;
    this.orders = leastMissed(REQUEST_ORDERS, this.requestMisses, (order) => fits(order, fields));
    this.excludeVarying(fields);
    if (hasUnknown(fields) && this.requests.length < MAX_WAITING) this.requests.push(fields);
    const named = fill(this.orders, fields);
    if (named || this.requestsStale || !isSame(before, this.orders)) {
      this.requestsStale = false;
      for (const block of this.requests) if (fill(this.orders, block)) this.requestsStale = true;
    }
    this.noteValues(0, fields);
  }

  /** The fields of a gRPC response: its headers, its trailers, or both in one block. */
  response(fields: readonly HeaderField[], kind: BlockKind): void {
    if (fields.length > MAX_FIELDS) return;
    const before = this.servers;
    this.servers = leastMissed(SERVER_ORDERS, this.serverMisses, (server) => fits(server[kind], fields));
    if (hasUnknown(fields) && this.answers.length < MAX_WAITING) this.answers.push({ kind, fields });
    const named = this.fillAnswer(fields, kind);
    if (named || this.answersStale || !isSame(before, this.servers)) {
      this.answersStale = false;
      for (const answer of this.answers) if (this.fillAnswer(answer.fields, answer.kind)) this.answersStale = true;
    }
    this.noteValues(1, fields);
  }

  private fillAnswer(fields: readonly HeaderField[], kind: BlockKind): boolean {
    return fill(
      this.servers.map((server) => server[kind]),
      fields,
    );
  }

  /** Two requests of one connection differ in their path sooner than in their authority. */
  private excludeVarying(fields: readonly HeaderField[]): void {
    this.first ??= fields;
    const { first } = this;
    this.orders = leastMissed(REQUEST_ORDERS, this.requestMisses, (order) => {
      const i = order.indexOf(":authority");
      return i >= fields.length || i >= first.length || !differ(first[i], fields[i]);
    });
  }

  /** A later literal of a field that does not change tells what its entry was before. */
  private noteValues(side: 0 | 1, fields: readonly HeaderField[]): void {
    const constants = this.constants[side];
    const valueless = this.valueless[side];
    for (const field of fields) {
      const { name, value, valueSource, placeholder } = field;
      if (name === "te" && valueSource === "unknown") inferValue(field, "trailers");
      if (!CONSTANT.has(name)) continue;
      if (valueSource === "observed") {
        const known = constants.get(name);
        if (known === undefined) constants.set(name, value);
        else if (known !== value) constants.set(name, null);
      } else if (valueSource === "unknown" && valueless.size < MAX_WAITING) valueless.set(placeholder, field);
    }
    for (const [placeholder, field] of valueless) {
      const value = constants.get(field.name);
      if (value === undefined || value === null) continue;
      inferValue(field, value);
      valueless.delete(placeholder);
    }
  }
}

/** Counts the orders that a block does not fit; those that the fewest blocks did not. A block that fits none says nothing. */
function leastMissed<T>(all: readonly T[], misses: number[], fits: (one: T) => boolean): readonly T[] {
  const fitting = all.map(fits);
  if (fitting.includes(true)) for (const [i, fit] of fitting.entries()) if (!fit) misses[i]++;
  const least = Math.min(...misses);
  return all.filter((_, i) => misses[i] === least);
}

function isSame<T>(some: readonly T[], others: readonly T[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}

function differ(some: HeaderField, other: HeaderField): boolean {
  if (some === other) return false;
  if (some.valueSource === "observed" && other.valueSource === "observed") return some.value !== other.value;
  // read from a table in doubt
  if (isDoubtful(some) || isDoubtful(other)) return false;
  return some.placeholder !== other.placeholder;
}

function isDoubtful({ valueSource, placeholder }: HeaderField): boolean {
  return valueSource === "inferred" && placeholder === 0;
}

function hasUnknown(fields: readonly HeaderField[]): boolean {
  return fields.some(({ nameSource, valueSource }) => nameSource === "unknown" || valueSource === "unknown");
}

function hasUnknownName(fields: readonly HeaderField[]): boolean {
  return fields.some(({ nameSource }) => nameSource === "unknown");
}

/** Fills in the names that all orders agree on in all the ways in which they fit. Returns whether there was one. */
function fill(orders: readonly Order[], fields: readonly HeaderField[]): boolean {
  if (!hasUnknownName(fields)) return false;
  const ways = orders.flatMap((order) => assignments(order, fields));
  if (ways.length === 0) return false;
  let named = false;
  for (const [i, field] of fields.entries()) {
    const name = ways[0][i];
    if (name === "" || field.nameSource !== "unknown" || ways.some((way) => way[i] !== name)) continue;
    inferName(field, name);
    named = true;
  }
  return named;
}

/** Whether a block can be of that order, by what was read of it. */
function fits(order: Order, fields: readonly HeaderField[]): boolean {
  return assignments(order, fields.map(asRead), 1).length > 0;
}

function asRead(field: HeaderField): HeaderField {
  const { nameSource, valueSource } = field;
  if (nameSource !== "inferred" && valueSource !== "inferred") return field;
  const [name, value] = [nameSource === "observed" ? field.name : "", valueSource === "observed" ? field.value : ""];
  const unless = (source: Source): Source => (source === "observed" ? source : "unknown");
  return { ...UNREAD, name, value, nameSource: unless(nameSource), valueSource: unless(valueSource) };
}

const UNREAD = { valueBytes: null, neverIndexed: false, placeholder: 0 };

/** Ways that are looked at: more of them agree on nothing. */
const MAX_WAYS = 64;

/** Every way in which the fields can be an order's, at most `limit`: per field its name, "" for metadata. */
function assignments(order: Order, fields: readonly HeaderField[], limit = MAX_WAYS): string[][] {
  const ways: string[][] = [];
  const names: string[] = [];
  const known = new Set(order.map((name) => name.replace("?", "")));
  const place = (at: number, i: number): void => {
    if (ways.length >= limit) return;
    if (at === order.length) {
      if (i === fields.length) ways.push([...names]);
      return;
    }
    const field = fields[i];
    if (order[at] === "*") {
      place(at + 1, i);
      if (field === undefined || !isMetadata(field, known)) return;
      names.push("");
      place(at, i + 1);
      names.pop();
      return;
    }
    const optional = order[at].endsWith("?");
    const name = optional ? order[at].slice(0, -1) : order[at];
    if (field !== undefined && fitsName(field, name)) {
      names.push(name);
      place(at + 1, i + 1);
      names.pop();
    }
    if (optional && (field === undefined || field.name !== name)) place(at + 1, i);
  };
  place(0, 0);
  return ways;
}

function fitsName({ name, value, nameSource, valueSource }: HeaderField, wanted: string): boolean {
  if (nameSource !== "unknown") return name === wanted;
  return valueSource === "unknown" || canBe(wanted, value);
}

/** A field that the order has does not stand among the metadata. */
function isMetadata({ name, value, nameSource, valueSource }: HeaderField, known: ReadonlySet<string>): boolean {
  if (nameSource !== "unknown") return !known.has(name) && !name.startsWith(":");
  return valueSource === "unknown" || !TIMEOUT.test(value);
}
