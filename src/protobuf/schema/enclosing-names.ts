/** Packages and messages that lie in each other: names come from the wire too, so they may be of any depth. */
const MAX_NESTING = 100;

/** "a.b.C" → "a.b.C", "a.b", "a"; of names with more parts than anybody declares, the innermost. */
export function* enclosingNames(fullName: string): Generator<string> {
  let name = fullName;
  for (let depth = 0; name !== "" && depth < MAX_NESTING; depth++) {
    yield name;
    name = name.slice(0, Math.max(0, name.lastIndexOf(".")));
  }
}
