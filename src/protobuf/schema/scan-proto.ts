/**
 * The outline of a .proto text without parsing it: its head (syntax or edition, package, imports) and on which line each
 * name is declared. Takes any text; what it does not understand it passes over.
 */
import type { Edition } from "./declaration.js";

export interface ProtoOutline {
  readonly edition: Edition;
  readonly package: string;
  readonly imports: readonly { readonly name: string; readonly line: number }[];
  /** Full name of a message, enum, service, method or field ("shop.v1.Order.id") → line, from 1. */
  readonly lines: ReadonlyMap<string, number>;
}

/** A string may lack its end: were it none then, each quote in it would be looked at as the beginning of another one. */
const TOKEN =
  /\n|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|[A-Za-z_.][\w.]*|\d[\w.]*|[^\s\w]/g;

/** Blocks that hold fields under the name of the scope around them. */
const TRANSPARENT = new Set(["oneof", "extend"]);
const NAMED = new Set(["message", "enum", "service"]);

interface Block {
  /** Full name of what it declares, or of what is around it. */
  readonly scope: string;
  readonly holdsFields: boolean;
}

export function scanProto(text: string): ProtoOutline {
  const scan = new Scan();
  let line = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "\n") line++;
    else if (token.startsWith("/*")) line += token.split("\n").length - 1;
    else if (!token.startsWith("//")) scan.token(token, line);
  }
  return scan;
}

class Scan implements ProtoOutline {
  edition: Edition = "proto2";
  package = "";
  readonly imports: { name: string; line: number }[] = [];
  readonly lines = new Map<string, number>();
  private readonly blocks: Block[] = [];
  private words: string[] = [];
  private wordLines: number[] = [];
  /** How many [ are open: options of a field, which may hold braces. */
  private brackets = 0;

  token(token: string, line: number): void {
    switch (token) {
      case "[":
        this.brackets++;
        return;
      case "]":
        this.brackets = Math.max(0, this.brackets - 1);
        return;
      case "{":
        this.open();
        return;
      case "}":
        this.blocks.pop();
        this.endStatement();
        return;
      case ";":
        this.statement();
        this.endStatement();
        return;
    }
    if (this.brackets > 0) return;
    this.words.push(token);
    this.wordLines.push(line);
  }

  private get scope(): string {
    return this.blocks.at(-1)?.scope ?? this.package;
  }

  private open(): void {
    const { words, scope } = this;
    const opaque = this.brackets > 0 || words[0] === "option";
    const group = words.indexOf("group");
    if (opaque) this.blocks.push({ scope, holdsFields: false });
    else if (NAMED.has(words[0]) || words[0] === "export" || words[0] === "local") {
      const at = NAMED.has(words[0]) ? 1 : 2;
      this.blocks.push({ scope: this.declare(at), holdsFields: words[at - 1] === "message" });
    } else if (group >= 0 && group + 1 < words.length) {
      this.lines.set(join(scope, words[group + 1].toLowerCase()), this.wordLines[group + 1]);
      this.blocks.push({ scope: this.declare(group + 1), holdsFields: true });
    } else {
      if (words[0] === "rpc") this.declare(1);
      this.blocks.push({ scope, holdsFields: TRANSPARENT.has(words[0]) });
    }
    if (!opaque) this.endStatement();
  }

  private statement(): void {
    const { words } = this;
    const equals = words.indexOf("=");
    if (words[0] === "syntax" || words[0] === "edition") this.edition = unquote(words[equals + 1]) as Edition;
    else if (words[0] === "package" && this.blocks.length === 0) this.package = words.slice(1).join("");
    else if (words[0] === "import") this.imports.push({ name: unquote(words.at(-1)), line: this.wordLines[0] });
    else if (words[0] === "rpc") this.declare(1);
    else if (equals > 0 && words[0] !== "option" && this.blocks.at(-1)?.holdsFields) this.declare(equals - 1);
  }

  private endStatement(): void {
    if (this.brackets > 0) return;
    this.words = [];
    this.wordLines = [];
  }

  /** The word at `at` is a name that is declared in the current scope. */
  private declare(at: number): string {
    const name = join(this.scope, this.words[at] ?? "");
    if (!this.lines.has(name)) this.lines.set(name, this.wordLines[at] ?? 0);
    return name;
  }
}

function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

function unquote(text = ""): string {
  return text.replace(/^["']|["']$/g, "");
}
