/** Whether to colour, and how: `--color`, NO_COLOR (no-color.org), FORCE_COLOR, or the terminal decides. */
import { styleText } from "node:util";
import { noPaint, type Paint } from "../output/paint.js";

export interface ColorChoice {
  readonly color: "auto" | "always" | "never";
}

export function paintFor({ color }: ColorChoice, stream: { isTTY?: boolean }): Paint {
  return wantsColor(color, stream) ? (style, text) => styleText(style, text, { validateStream: false }) : noPaint;
}

function wantsColor(color: ColorChoice["color"], stream: { isTTY?: boolean }): boolean {
  if (color !== "auto") return color === "always";
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return stream.isTTY === true && TERM !== "dumb";
}
