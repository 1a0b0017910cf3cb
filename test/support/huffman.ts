/** Huffman coding (RFC 7541 appendix B), for blocks that tests build. */
import { CODE_LENGTHS, FIRST_CODE, FIRST_SYMBOL, SYMBOLS } from "../../src/hpack/huffman-code.js";
import { concat, integer } from "./frames.js";

/** The code of a symbol as a text of "0" and "1". */
export function codeOf(symbol: number): string {
  const length = CODE_LENGTHS[symbol];
  const code = FIRST_CODE[length] + SYMBOLS.indexOf(symbol) - FIRST_SYMBOL[length];
  return code.toString(2).padStart(length, "0");
}

/** Codes of `symbols` (256: EOS), filled up with `padding` bits, "1" where the RFC is kept. */
export function encodeHuffman(symbols: Iterable<number>, padding = "1"): Uint8Array {
  let bits = "";
  for (const symbol of symbols) bits += codeOf(symbol);
  while (bits.length % 8 !== 0) bits += padding;
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** A string literal, Huffman-coded. */
export function huffmanString(bytes: Uint8Array): Uint8Array {
  const coded = encodeHuffman(bytes);
  return concat(integer(0x80, 7, coded.length), coded);
}
