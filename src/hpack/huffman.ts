/**
 * Huffman-coded string (RFC 7541 §5.2, appendix B) → bytes.
 *
 * Codes of up to ROOT_BITS bits, all of letters, digits and the usual punctuation, are found by one look-up of the next
 * ROOT_BITS bits; the rare longer ones by the canonical order of the code.
 */
import { CODE_COUNT, CODE_LENGTHS, EOS, FIRST_CODE, FIRST_SYMBOL, MAX_CODE_LENGTH, SYMBOLS } from "./huffman-code.js";

const ROOT_BITS = 10;

/** Next ROOT_BITS bits → symbol << 4 | code length; 0 where the code is longer. */
const ROOT = new Uint16Array(1 << ROOT_BITS);
for (let symbol = 0; symbol < EOS; symbol++) {
  const length = CODE_LENGTHS[symbol];
  if (length > ROOT_BITS) continue;
  const code = FIRST_CODE[length] + SYMBOLS.indexOf(symbol) - FIRST_SYMBOL[length];
  const first = code << (ROOT_BITS - length);
  ROOT.fill((symbol << 4) | length, first, first + (1 << (ROOT_BITS - length)));
}

/** Why the last call's string breaks RFC 7541 §5.2; "" when it does not. */
export type HuffmanFault = "" | "EOS inside" | "padding longer than 7 bits" | "padding that is not all ones";

export interface HuffmanOutput {
  bytes: Uint8Array;
  length: number;
  fault: HuffmanFault;
}

/** Bytes that `length` bytes can decode to at most: the shortest code has 5 bits. */
function maxDecodedLength(length: number): number {
  return Math.ceil((length * 8) / 5);
}

/** Decodes `buf[start, end)` into `output`, whose buffer is replaced by a larger one as needed. What stands before a fault is kept. */
export function decodeHuffman(buf: Uint8Array, start: number, end: number, output: HuffmanOutput): void {
  const room = maxDecodedLength(end - start);
  if (output.bytes.length < room) output.bytes = new Uint8Array(room * 2);
  const out = output.bytes;
  let length = 0;
  let bits = 0; // the low `held` bits are not decoded yet
  let held = 0;
  let i = start;
  output.fault = "";
  for (;;) {
    while (held <= 22 && i < end) {
      bits = ((bits & ((1 << held) - 1)) << 8) | buf[i++];
      held += 8;
    }
    if (held < 5) break;
    const entry =
      held >= ROOT_BITS
        ? ROOT[(bits >>> (held - ROOT_BITS)) & ((1 << ROOT_BITS) - 1)]
        : ROOT[((bits << (ROOT_BITS - held)) | ((1 << (ROOT_BITS - held)) - 1)) & ((1 << ROOT_BITS) - 1)];
    const codeLength = entry & 15;
    if (entry !== 0 && codeLength <= held) {
      out[length++] = entry >> 4;
      held -= codeLength;
      continue;
    }
    if (entry !== 0) break;
    const found = longCode(bits, held, i < end ? buf[i] : -1);
    if (found < 0) break;
    const foundLength = found & 31;
    const symbol = found >> 5;
    if (symbol === EOS) {
      output.fault = "EOS inside"; // §5.2: "A Huffman-encoded string literal containing the EOS symbol MUST be treated as a decoding error."
      output.length = length;
      return;
    }
    out[length++] = symbol;
    if (foundLength > held) {
      bits = buf[i++];
      held += 8;
    }
    held -= foundLength;
  }
  output.length = length;
  // §5.2: "A padding strictly longer than 7 bits MUST be treated as a decoding error. A padding not corresponding to the most
  // significant bits of the code for the EOS symbol MUST be treated as a decoding error."
  const padding = (1 << held) - 1;
  if ((bits & padding) !== padding) output.fault = "padding that is not all ones";
  else if (held > 7) output.fault = "padding longer than 7 bits";
}

/** symbol << 5 | code length of a code longer than ROOT_BITS at the head of the held bits; -1: the bits end before it does. */
function longCode(bits: number, held: number, next: number): number {
  const available = next < 0 ? held : Math.min(held + 8, MAX_CODE_LENGTH);
  for (let length = ROOT_BITS + 1; length <= available; length++) {
    const code =
      length <= held
        ? (bits >>> (held - length)) & (2 ** length - 1)
        : ((bits & (2 ** held - 1)) << (length - held)) | (next >> (8 - (length - held)));
    const offset = code - FIRST_CODE[length];
    if (offset < CODE_COUNT[length]) return (SYMBOLS[FIRST_SYMBOL[length] + offset] << 5) | length;
  }
  return -1;
}
