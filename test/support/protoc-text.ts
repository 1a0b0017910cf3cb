/** The text that `protoc --decode` and `--decode_raw` print → its fields. */

export interface TextField {
  /** A field's name, an extension's in brackets, or a number. */
  readonly name: string;
  /** As printed, quotes and escapes included; or the fields of a message. */
  readonly value: string | readonly TextField[];
}

export function parseProtocText(text: string): TextField[] {
  const open: TextField[][] = [[]];
  for (const line of text.split("\n").map((padded) => padded.trim())) {
    const fields = open.at(-1)!;
    if (line === "") continue;
    if (line === "}") open.pop();
    else if (line.endsWith(" {")) {
      const nested: TextField[] = [];
      fields.push({ name: line.slice(0, -2), value: nested });
      open.push(nested);
    } else {
      const colon = line.indexOf(": ");
      fields.push({ name: line.slice(0, colon), value: line.slice(colon + 2) });
    }
  }
  return open[0];
}

/** `"a\303\274\n"` → its bytes. */
export function unquoteBytes(quoted: string): Uint8Array {
  const bytes: number[] = [];
  const escapes: Record<string, number> = { n: 10, r: 13, t: 9, '"': 34, "'": 39, "\\": 92 };
  for (const [token] of quoted.slice(1, -1).matchAll(/\\[0-7]{3}|\\.|[^\\]/gsu)) {
    if (/^\\[0-7]{3}$/.test(token)) bytes.push(Number.parseInt(token.slice(1), 8));
    else if (token.startsWith("\\")) bytes.push(escapes[token[1]]);
    else bytes.push(...new TextEncoder().encode(token));
  }
  return Uint8Array.from(bytes);
}
