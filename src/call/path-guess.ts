/** What is to be done about paths that were sent before the capture began: find them by the schema, take the user's word, or neither. */
import type { HeaderField } from "../hpack/header-field.js";
import type { Schema } from "../protobuf/schema.js";
import type { Call } from "./call.js";
import { PathInference } from "./path-inference.js";

export interface PathGuessOptions {
  /** Find the method by the schema. */
  readonly infer: boolean;
  /** Paths by placeholder: "3", on any connection, or "2:3", on connection 2. */
  readonly given: ReadonlyMap<string, string>;
}

/** One for an inspector. */
export class PathGuess {
  /** null: nothing is to be found by it. */
  readonly inference: PathInference | null;

  constructor(
    schema: Schema,
    private readonly options: PathGuessOptions,
  ) {
    this.inference = options.infer ? new PathInference(schema) : null;
  }

  /** The path that the user gave to one of the fields' entries; null: none. */
  given(fields: readonly HeaderField[], connection: number): string | null {
    const { given } = this.options;
    if (given.size === 0) return null;
    for (const { name, nameSource, valueSource, placeholder } of fields) {
      if (placeholder === 0 || valueSource !== "unknown" || (nameSource !== "unknown" && name !== ":path")) continue;
      const path = given.get(`${connection}:${placeholder}`) ?? given.get(String(placeholder));
      if (path !== undefined) return path;
    }
    return null;
  }
}

/** The fields that may be the ":path" of a request, when it was not read: the one of that name, or those that have no name. */
export function pathFields(fields: readonly HeaderField[]): readonly HeaderField[] {
  const named = fields.find(({ name }) => name === ":path");
  if (named !== undefined) return named.valueSource === "unknown" ? [named] : [];
  // RFC 9113 §8.3: pseudo-header fields come first; :method and :scheme are in the static table, so two are left
  const end = fields.findIndex(({ name, nameSource }) => nameSource !== "unknown" && !name.startsWith(":"));
  const pseudo = end < 0 ? fields.slice(0, 4) : fields.slice(0, Math.min(4, end));
  return pseudo.filter(({ nameSource, valueSource }) => nameSource === "unknown" && valueSource === "unknown");
}

/** What `--guess-path` calls the path of a call that was not read: "?3"; null: it was read, or its headers were never seen. */
export function pathPlaceholder({ pathSource, request }: Call): string | null {
  if (pathSource === "observed" || request.headers === null) return null;
  const field = request.headers.find(({ name, placeholder }) => name === ":path" && placeholder !== 0);
  const placeholder = (field ?? pathFields(request.headers)[0])?.placeholder ?? 0;
  return placeholder === 0 ? null : `?${placeholder}`;
}
