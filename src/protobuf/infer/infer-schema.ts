/**
 * Calls of unknown services → .proto text that explains them: services and methods by the paths, message types by what all
 * messages have in common, each guess with its evidence as a comment. Names of types and fields are made up.
 */
import type { ProtoFile } from "../schema/parse-proto.js";
import { FieldRoom, MessageEvidence } from "./evidence.js";
import { ProtoWriter } from "./write-proto.js";

/** Evidence of the messages of one method. */
export class MethodEvidence {
  readonly request: MessageEvidence;
  readonly response: MessageEvidence;
  /** More than one message went this way in one call. */
  requestStream = false;
  responseStream = false;

  constructor(room: FieldRoom) {
    this.request = new MessageEvidence(room);
    this.response = new MessageEvidence(room);
  }
}

/** A path's parts: "/shop.v1.Orders/Get". */
const PATH = /^\/((?:[A-Za-z_]\w*\.)*)([A-Za-z_]\w*)\/([A-Za-z_]\w*)$/;

/** A longer one is no method's. */
const MAX_PATH = 2_000;

/** Different paths that are told apart; a peer may send any number of them. */
const MAX_METHODS = 10_000;
/** Different fields that are told apart, those of nested messages included: at most 100 MB, and mostly a quarter of that. */
const MAX_FIELDS = 100_000;

export class SchemaInference {
  private readonly methods = new Map<string, MethodEvidence>();
  private readonly room: FieldRoom;

  constructor(maxFields = MAX_FIELDS) {
    this.room = new FieldRoom(maxFields);
  }

  /** No more methods, or fields, are told apart: of what was not seen before nothing is taken in. */
  get full(): boolean {
    return this.room.left === 0 || this.methods.size >= MAX_METHODS;
  }

  /**
   * Takes in the message body `buf[start, end)`, the one of number `index` (from 0) of the requests or responses of a call to
   * `path`. False: the path is no gRPC method's, the body does not read as a message to its end, or `full`.
   */
  add(path: string, side: "request" | "response", index: number, buf: Uint8Array, start: number, end: number): boolean {
    const method = this.method(path);
    if (method === null) return false;
    if (index > 0) method[`${side}Stream`] = true;
    return method[side].add(buf, start, end);
  }

  /** The evidence of a method so far; null for a path that is none. */
  method(path: string): MethodEvidence | null {
    let method = this.methods.get(path);
    if (method !== undefined) return method;
    if (path.length > MAX_PATH || !PATH.test(path) || this.methods.size >= MAX_METHODS) return null;
    this.methods.set(path, (method = new MethodEvidence(this.room)));
    return method;
  }

  /** One file for each package, in the order in which they were seen. */
  toProtoFiles(): ProtoFile[] {
    const packages = new Map<string, Map<string, Map<string, MethodEvidence>>>();
    for (const [path, method] of this.methods) {
      const [, prefix, service, name] = PATH.exec(path)!;
      const services = getOr(packages, prefix.slice(0, -1), () => new Map());
      getOr(services, service, () => new Map()).set(name, method);
    }
    return [...packages].map(([packageName, services]) => ({
      path: packageName === "" ? "inferred.proto" : `${packageName.replaceAll(".", "/")}/inferred.proto`,
      text: new ProtoWriter(packageName).write(services),
    }));
  }
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
