/**
 * The Huffman code of RFC 7541 appendix B, made from its code lengths alone: the code is canonical, so the codes of one
 * length are consecutive in the order of their symbols, and follow those of the length before.
 */

/** Bits of the code of each byte 0 … 255, and of EOS (256). */
export const CODE_LENGTHS = Uint8Array.of(
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  ...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  ...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  ...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  ...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  ...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  ...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  ...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  ...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  ...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  ...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  30,
);

export const EOS = 256;
export const MAX_CODE_LENGTH = 30;

/** Symbols by code length, then by value: the order of the codes. */
export const SYMBOLS = new Uint16Array(257);
/** Per length: the first code, how many codes, and where their symbols begin in SYMBOLS. */
export const FIRST_CODE = new Uint32Array(MAX_CODE_LENGTH + 1);
export const CODE_COUNT = new Uint16Array(MAX_CODE_LENGTH + 1);
export const FIRST_SYMBOL = new Uint16Array(MAX_CODE_LENGTH + 1);

let code = 0;
let position = 0;
for (let length = 1; length <= MAX_CODE_LENGTH; length++) {
  code *= 2;
  FIRST_CODE[length] = code;
  FIRST_SYMBOL[length] = position;
  for (let symbol = 0; symbol <= EOS; symbol++) {
    if (CODE_LENGTHS[symbol] === length) SYMBOLS[position++] = symbol;
  }
  CODE_COUNT[length] = position - FIRST_SYMBOL[length];
  code += CODE_COUNT[length];
}
