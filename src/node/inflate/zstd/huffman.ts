/** Huffman-coded literals (RFC 8878 §4.2): a tree description → a table; one or four streams → bytes. */
import { BackwardBits } from "./bits.js";
import { readFseTable } from "./fse.js";

/** By the next `maxBits` bits: symbol, and how many of the bits are its own. */
export interface HuffmanTable {
  readonly maxBits: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

/** §4.2.1: "maximum depth … 11". */
const MAX_BITS = 11;

const MAX_WEIGHT_ACCURACY = 6;

/** A table and the offset behind its description in `bytes[start, end)`. */
export function readHuffmanTable(bytes: Uint8Array, start: number, end: number): [table: HuffmanTable, at: number] {
  if (start >= end) throw new Error("a Huffman table is cut");
  const header = bytes[start];
  const isDirect = header >= 128;
  const count = header - 127;
  const at = start + 1 + (isDirect ? (count + 1) >> 1 : header);
  if (at > end) throw new Error("a Huffman table is cut");
  if (!isDirect) return [buildTable(readWeights(bytes, start + 1, at)), at];
  const weights = Array.from({ length: count }, (_, i) => (bytes[start + 1 + (i >> 1)] >> (i & 1 ? 0 : 4)) & 15);
  return [buildTable(weights), at];
}

/** §4.2.1.2: two states in turn, until the bits are used up. */
function readWeights(bytes: Uint8Array, start: number, end: number): number[] {
  const [table, at] = readFseTable(bytes, start, end, MAX_WEIGHT_ACCURACY, MAX_BITS + 1);
  const stream = new BackwardBits(bytes, at, end);
  let state = stream.read(table.accuracyLog);
  let other = stream.read(table.accuracyLog);
  const weights: number[] = [];
  while (weights.length < 255) {
    weights.push(table.symbols[state]);
    const following = table.base[state] + stream.read(table.bits[state]);
    state = other;
    other = following;
    if (stream.left < 0) return [...weights, table.symbols[state]];
  }
  throw new Error("a Huffman table has too many weights");
}

function buildTable(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) if (weight > 0) sum += 2 ** (weight - 1);
  const maxBits = sum === 0 ? 0 : 32 - Math.clz32(sum);
  if (maxBits === 0 || maxBits > MAX_BITS) throw new Error("the weights of a Huffman table do not add up");
  // §4.2.1: the last weight is not sent, it fills up to the next power of 2.
  const rest = (1 << maxBits) - sum;
  if ((rest & (rest - 1)) !== 0) throw new Error("the weights of a Huffman table do not add up");
  const all = [...weights, 32 - Math.clz32(rest)];
  const symbols = new Uint8Array(1 << maxBits);
  const bits = new Uint8Array(1 << maxBits);
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    all.forEach((own, symbol) => {
      if (own !== weight) return;
      const stop = at + (1 << (weight - 1));
      symbols.fill(symbol, at, stop);
      bits.fill(maxBits + 1 - weight, at, stop);
      at = stop;
    });
  }
  return { maxBits, symbols, bits };
}

/** Fills `out` from one stream, or from four with a jump table in front (§4.2.2). */
export function readLiterals(
  table: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  streams: 1 | 4,
): void {
  if (streams === 1) {
    readStream(table, bytes, start, end, out);
    return;
  }
  const part = (out.length + 3) >> 2;
  if (start + 6 > end || 3 * part > out.length) throw new Error("the jump table of four streams is wrong");
  let at = start + 6;
  for (let i = 0; i < 4; i++) {
    const next = i === 3 ? end : at + (bytes[start + 2 * i] | (bytes[start + 2 * i + 1] << 8));
    if (next > end) throw new Error("the jump table of four streams is wrong");
    readStream(table, bytes, at, next, out.subarray(i * part, i === 3 ? out.length : (i + 1) * part));
    at = next;
  }
}

function readStream(
  { maxBits, symbols, bits }: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
): void {
  const stream = new BackwardBits(bytes, start, end);
  for (let i = 0; i < out.length; i++) {
    const entry = stream.peek(maxBits);
    out[i] = symbols[entry];
    stream.left -= bits[entry];
  }
  if (stream.left !== 0) throw new Error("a stream of literals has bits too many or too few");
}
