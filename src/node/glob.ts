/** Shell globs for paths with forward slashes: `*`, `?`, `[abc]`, `{a,b}` and `**` for any number of folders. */

export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** The folder in front of the first part that holds a wildcard: "protos" of "protos/*.proto". */
export function globBase(path: string): string {
  const parts = path.replaceAll("\\", "/").split("/");
  const first = parts.findIndex(isGlob);
  const base = parts.slice(0, first < 0 ? parts.length - 1 : first).join("/");
  return base === "" ? (path.startsWith("/") ? "/" : ".") : base;
}

/** Matches whole paths. A comma stands between alternatives: braces are expected to be in pairs. */
export function globPattern(path: string): RegExp {
  const tokens = path.replaceAll("\\", "/").match(/\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|[\s\S]/g) ?? [];
  return new RegExp(`^${tokens.map(tokenSource).join("")}$`);
}

function tokenSource(token: string): string {
  switch (token) {
    case "**/":
      return "(?:[^/]+/)*";
    case "**":
      return ".*";
    case "*":
      return "[^/]*";
    case "?":
      return "[^/]";
    case "{":
      return "(?:";
    case "}":
      return ")";
    case ",":
      return "|";
    default:
      return token.length > 1 ? token.replace("[!", "[^") : token.replace(/[.+^$()|\\[\]]/, "\\$&");
  }
}
