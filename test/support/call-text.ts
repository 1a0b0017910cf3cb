/** A call as `--format text` prints it, without colour, on a wide terminal. */
import type { Call } from "../../src/call/call.js";
import { noPaint } from "../../src/output/paint.js";
import { formatCall, type TextOptions } from "../../src/output/text.js";

export type FormatOptions = Partial<TextOptions>;

export function textOf(call: Call, options: FormatOptions = {}): string {
  return formatCall(call, { width: 200, paint: noPaint, verbose: false, ...options });
}
