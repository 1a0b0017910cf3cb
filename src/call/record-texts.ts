/**
 * The parts of records that repeat from call to call, kept as UTF-8 text: what stands in a record about a path and its method,
 * and about a connection.
 */
import { type Label, labelOf } from "../bytes/byte-writer.js";
import { statusName } from "../grpc/status.js";
import type { MessageType, MethodType } from "../protobuf/types.js";
import type { Call, CallConnection } from "./call.js";
import { methodPath } from "./method-path.js";
import { pathPlaceholder } from "./path-guess.js";
import type { Protocol } from "./record.js";

const quote = JSON.stringify;
const utf8 = new TextEncoder();

/** Paths kept. A schema has a few thousand methods at most; paths that carry an id are not worth keeping. */
const MAX_PATHS = 4096;

/** Statuses kept: most calls end with OK; messages that name their cause are many. */
const MAX_STATUSES = 64;

interface PathText {
  readonly method: MethodType | null;
  readonly pathSource: string;
  readonly placeholder: string | null;
  readonly text: Uint8Array;
}

interface ConnectionText {
  readonly protocol: Protocol;
  readonly text: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

export class RecordTexts {
  private readonly paths = new Map<string | null, PathText>();
  private readonly connections = new WeakMap<CallConnection, ConnectionText>();
  private readonly statuses = new Map<string, Uint8Array>();
  private readonly types = new Map<MessageType | null, Label>();
  private capture: string | null = null;
  private openingText: Uint8Array = NO_BYTES;
  private lastCode = -1;
  private lastMessage = "";
  private lastStatus: Uint8Array = NO_BYTES;

  /** A CallRecord up to the value of its id. */
  opening(capture: string | null): Uint8Array {
    if (this.openingText === NO_BYTES || capture !== this.capture) {
      this.capture = capture;
      this.openingText = utf8.encode(`{"record":"call","version":1,"capture":${quote(capture)},"id":`);
    }
    return this.openingText;
  }

  /** A StatusRecord without details. */
  status(code: number, message: string): Uint8Array {
    if (code !== this.lastCode || message !== this.lastMessage) {
      this.lastStatus = this.anyStatus(code, message);
      this.lastCode = code;
      this.lastMessage = message;
    }
    return this.lastStatus;
  }

  private anyStatus(code: number, message: string): Uint8Array {
    const key = `${code} ${message}`;
    let text = this.statuses.get(key);
    if (text === undefined) {
      text = utf8.encode(`{"code":${code},"name":"${statusName(code)}","message":${quote(message)},"details":[]}`);
      if (this.statuses.size >= MAX_STATUSES) this.statuses.clear();
      this.statuses.set(key, text);
    }
    return text;
  }

  /** The member `type` of a message, and the name of the next, with a comma before each. */
  type(type: MessageType | null): Label {
    let label = this.types.get(type);
    if (label === undefined) {
      label = labelOf(`,"type":${quote(type?.fullName ?? null)},"size":`);
      this.types.set(type, label);
    }
    return label;
  }

  /** The members path, pathSource, pathPlaceholder, service, method, kind, each with a comma before it. */
  path(call: Call, method: MethodType | null): Uint8Array {
    const { path, pathSource } = call;
    const placeholder = pathPlaceholder(call);
    const known = this.paths.get(path);
    if (
      known !== undefined &&
      known.method === method &&
      known.pathSource === pathSource &&
      known.placeholder === placeholder
    )
      return known.text;
    const [service, name] = splitPath(path);
    const text = utf8.encode(
      `,"path":${quote(path)},"pathSource":"${pathSource}","pathPlaceholder":${quote(placeholder)}` +
        `,"service":${quote(service)},"method":${quote(name)}` +
        `,"kind":${quote(method?.kind ?? null)}`,
    );
    if (this.paths.size >= MAX_PATHS) this.paths.clear();
    this.paths.set(path, { method, pathSource, placeholder, text });
    return text;
  }

  /** The members protocol, client, server, connection, tls, each with a comma before it, and `,"stream":`. */
  connection({ connection, protocol }: Call): Uint8Array {
    const known = this.connections.get(connection);
    if (known !== undefined && known.protocol === protocol) return known.text;
    const { id, client, server, tls } = connection;
    const text = utf8.encode(
      `,"protocol":"${protocol}","client":${quote(client)},"server":${quote(server)},"connection":${id},"tls":${quote(tls)}` +
        `,"stream":`,
    );
    this.connections.set(connection, { protocol, text });
    return text;
  }
}

/** "/shop.v1.Orders/Get", also below a prefix → ["shop.v1.Orders", "Get"]; nulls for what is no such path (PROTOCOL-HTTP2, Path). */
export function splitPath(path: string | null): readonly [service: string | null, method: string | null] {
  if (path === null || path[0] !== "/") return [null, null];
  const known = methodPath(path);
  const slash = known.lastIndexOf("/");
  return slash === 0 ? [null, null] : [known.slice(1, slash), known.slice(slash + 1)];
}
