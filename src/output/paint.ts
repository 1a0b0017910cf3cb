/** Colour as a port: the shell knows whether the output is a terminal, the formats only say what is what. */
export type PaintStyle = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
export type Paint = (style: PaintStyle, text: string) => string;

export const noPaint: Paint = (_style, text) => text;
