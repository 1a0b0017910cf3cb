/**
 * Server reflection (grpc/reflection/v1/reflection.proto, then v1alpha, which differs in its package only): a running server →
 * the FileDescriptorProtos of all its services and of what they import.
 */
import { readFileSync } from "node:fs";
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  logVerbosity,
  Metadata,
  type ServiceError,
  setLogVerbosity,
  status,
} from "@grpc/grpc-js";
import { LIMITS } from "../limits.js";
import { decodeMessage } from "../protobuf/decode.js";
import { isBundledPath } from "../protobuf/schema/bundled/lookup.js";
import { parseFileDescriptor } from "../protobuf/schema/parse-descriptor.js";
import { Schema } from "../protobuf/schema.js";
import { WireWriter } from "../protobuf/wire-writer.js";
import { describeSystemError } from "./system-error.js";

export interface ReflectOptions {
  /** Metadata of the request: "name: value". */
  readonly headers?: readonly string[];
  /** Files in PEM form: who may have signed the server's certificate, and our own certificate and key. Any of them means TLS. */
  readonly ca?: string | null;
  readonly cert?: string | null;
  readonly key?: string | null;
  /** Take any certificate. */
  readonly insecure?: boolean;
  /** Gets a sentence for each service that the server lists and does not describe. */
  readonly warn?: (sentence: string) => void;
}

/** What cannot be asked; the message is one sentence without its subject: the address. */
export class ReflectError extends Error {}

const VERSIONS = ["v1", "v1alpha"] as const;

/** For one answer: a server with thousands of files may take longer for all. */
const ANSWER_MS = 10_000;

/** Descriptors come one file a message, or all of a service's files in one. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** A server that names ever more imports is stopped here: googleapis has 8,000 files. */
const MAX_FILES = 20_000;

// Fields of ServerReflectionRequest.
const FILE_BY_FILENAME = 3;
const FILE_CONTAINING_SYMBOL = 4;
const LIST_SERVICES = 7;

interface Response {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto?: string[] };
  readonly listServicesResponse?: { readonly service?: { readonly name?: string }[] };
  readonly errorResponse?: { readonly errorMessage?: string };
}

/** `address`: "host:port", "https://host:port" for TLS, "unix:/path". Throws ReflectError. */
export async function reflect(address: string, options: ReflectOptions = {}): Promise<Uint8Array[]> {
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);
  const client = new Client(targetOf(address), channelCredentials(address, options), {
    "grpc.enable_http_proxy": 0,
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  });
  try {
    const metadata = metadataOf(options.headers ?? []);
    for (const version of VERSIONS) {
      const files = await askAll(client, version, metadata, options.warn).catch((error: ServiceError) => {
        if (error.code === status.UNIMPLEMENTED) return null;
        throw error instanceof ReflectError ? error : new ReflectError(describe(error));
      });
      if (files !== null) return files;
    }
    throw new ReflectError("the server offers no reflection, neither v1 nor v1alpha: give --proto or --protoset");
  } finally {
    client.close();
  }
}

/** grpc-js takes 443 for the port that an address does not name; of a server without TLS that is a slip. */
function targetOf(address: string): string {
  const target = address.replace(/^https?:\/\//, "").replace(/\/$/, "");
  const [, port = null] = /:(\d+)$/.exec(target) ?? [];
  const isPath = /^unix(?:-abstract)?:./.test(target);
  if (!isPath && (port === null ? !/^https:\/\/./.test(address) : Number(port) > 65_535))
    throw new ReflectError("is no address: give HOST:PORT, or https://HOST:PORT for TLS");
  return target;
}

async function askAll(
  client: Client,
  version: string,
  metadata: Metadata,
  warn: ReflectOptions["warn"],
): Promise<Uint8Array[]> {
  const conversation = new Conversation(client, version, metadata);
  try {
    const { listServicesResponse, errorResponse } = await conversation.ask(LIST_SERVICES, "*");
    if (errorResponse !== undefined)
      throw new ReflectError(`the server does not list its services: ${reasonOf(errorResponse)}`);
    const files = new Map<string, { bytes: Uint8Array; imports: readonly string[] }>();
    const take = ({ fileDescriptorResponse }: Response): void => {
      for (const text of fileDescriptorResponse?.fileDescriptorProto ?? []) {
        const bytes = Buffer.from(text, "base64");
        const { declaration, imports } = parseFileDescriptor(bytes, Schema.empty).file;
        if (!files.has(declaration.path)) files.set(declaration.path, { bytes, imports });
      }
    };
    const services = (listServicesResponse?.service ?? [])
      .map(({ name = "" }) => name)
      // What we ask with, we know.
      .filter((service) => !service.startsWith("grpc.reflection."));
    if (services.length === 0) throw new ReflectError("the server lists no services");
    const untold: string[] = [];
    for (const name of services) {
      const answer = await conversation.ask(FILE_CONTAINING_SYMBOL, name);
      if (answer.errorResponse === undefined) take(answer);
      else untold.push(`the server does not describe ${name}: ${reasonOf(answer.errorResponse)}`);
    }
    if (files.size === 0) throw new ReflectError(untold[0] ?? "the server describes none of its services");
    for (const sentence of untold) warn?.(sentence);
    const asked = new Set<string>();
    // The map grows while it is gone through.
    for (const { imports } of files.values()) {
      for (const name of imports) {
        if (files.has(name) || asked.has(name) || isBundledPath(name)) continue;
        asked.add(name);
        if (asked.size > MAX_FILES) throw new ReflectError(`the server names more than ${MAX_FILES} files`);
        take(await conversation.ask(FILE_BY_FILENAME, name));
      }
    }
    return [...files.values()].map(({ bytes }) => bytes);
  } finally {
    conversation.end();
  }
}

function reasonOf({ errorMessage = "" }: NonNullable<Response["errorResponse"]>): string {
  return errorMessage.trim().replace(/\s+/g, " ") || "it gives no reason";
}

/** One stream: a question, its answer, the next question. */
class Conversation {
  private readonly stream: ClientDuplexStream<Uint8Array, Uint8Array>;
  private answer: ((bytes: Uint8Array) => void) | null = null;
  private readonly failed: Promise<never>;

  constructor(
    client: Client,
    private readonly version: string,
    metadata: Metadata,
  ) {
    this.stream = client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes) => bytes,
      metadata,
    );
    this.failed = new Promise((_, fail) => {
      this.stream.on("error", fail);
      this.stream.on("end", () => fail(new ReflectError("the server ended the conversation before it had answered")));
    });
    this.failed.catch(() => {});
    this.stream.on("data", (bytes: Uint8Array) => this.answer?.(bytes));
  }

  async ask(field: number, text: string): Promise<Response> {
    const answered = new Promise<Uint8Array>((resolve) => {
      this.answer = resolve;
    });
    this.stream.write(new WireWriter().text(field, text).finish());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(fail, ANSWER_MS, new ReflectError(`did not answer within ${ANSWER_MS / 1000} seconds`));
    });
    const bytes = await Promise.race([answered, this.failed, late]).finally(() => clearTimeout(timer));
    const type = Schema.empty.message(`grpc.reflection.${this.version}.ServerReflectionResponse`)!;
    const options = { schema: null, limits: LIMITS, emitDefaults: false };
    return JSON.parse(decodeMessage(type, bytes, 0, bytes.length, options).json) as Response;
  }

  end(): void {
    this.stream.end();
    this.stream.cancel();
  }
}

function channelCredentials(
  address: string,
  { ca = null, cert = null, key = null, insecure = false }: ReflectOptions,
): ChannelCredentials {
  if (!address.startsWith("https://") && ca === null && cert === null && key === null && !insecure)
    return credentials.createInsecure();
  const [roots, privateKey, chain] = [ca, key, cert].map((file) => (file === null ? null : readPem(file)));
  try {
    return credentials.createSsl(roots, privateKey, chain, { rejectUnauthorized: !insecure });
  } catch (error) {
    throw new ReflectError(`TLS is not possible with these files: ${(error as Error).message}`);
  }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ReflectError(`cannot read ${file}: ${describeSystemError(error)}`);
  }
}

function metadataOf(headers: readonly string[]): Metadata {
  const metadata = new Metadata();
  for (const header of headers) {
    const [, name, value] = /^([^:=]+)[:=]\s*(.*)$/s.exec(header) ?? [];
    try {
      metadata.add(name.trim(), name.trim().endsWith("-bin") ? Buffer.from(value, "base64") : value);
    } catch {
      throw new ReflectError(`"${header}" is no metadata: give it as NAME:VALUE`);
    }
  }
  return metadata;
}

function describe({ code, details, message }: ServiceError): string {
  if (code === status.UNAVAILABLE) return `cannot be reached: ${shortened(details)}`;
  return code === undefined ? message : `refuses reflection: ${status[code]}${details === "" ? "" : `: ${details}`}`;
}

/** "No connection established. Last error: connect ECONNREFUSED … (2026-01-31T…Z). Resolution note: …" → the error, OpenSSL's by its reason. */
function shortened(details: string): string {
  return details
    .replace(/^.*Last error: (?:Error: )?/s, "")
    .replace(/\.? Resolution note:.*$/s, "")
    .replace(/ \(\d{4}-\d\d-[^)]*Z\)$/, "")
    .replace(/^\w+:error:\w+:SSL routines:\w*:([^:]+):.*$/s, "TLS does not succeed: $1")
    .replace(/wrong version number$/, "the server speaks no TLS");
}
