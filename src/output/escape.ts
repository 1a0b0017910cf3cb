/** Text from the wire, made safe for a terminal: nothing that moves a cursor, colours, or turns the reading order. */

/** C0, DEL and C1 controls, line and paragraph separators, and the bidirectional marks (Unicode UAX #9). */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Each unsafe character becomes `\n`, `\r`, `\t` or `\u{1b}`. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    return `\\u{${character.charCodeAt(0).toString(16)}}`;
  });
}

/** As a string literal: in double quotes, with `"` and `\` escaped too. */
export function quoteText(text: string): string {
  return `"${escapeText(text.replace(/["\\]/g, "\\$&"))}"`;
}
