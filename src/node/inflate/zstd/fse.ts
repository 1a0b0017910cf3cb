/** FSE tables (RFC 8878 §4.1.1): a description → for each state its symbol, and how the next state is read. */
import { ForwardBits } from "./bits.js";

export interface FseTable {
  readonly accuracyLog: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

/** A table and the offset behind its description in `bytes[start, end)`. */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxAccuracyLog: number,
  maxSymbol: number,
): [table: FseTable, at: number] {
  const bits = new ForwardBits(bytes, start, end);
  const accuracyLog = bits.read(4) + 5;
  if (accuracyLog > maxAccuracyLog) throw new Error(`an FSE table has an accuracy of ${accuracyLog} bits`);
  const counts: number[] = [];
  let remaining = 1 << accuracyLog;
  while (remaining > 0 && counts.length <= maxSymbol) {
    const count = readCount(bits, remaining);
    counts.push(count);
    remaining -= Math.abs(count);
    if (count !== 0) continue;
    for (let repeat = 3; repeat === 3 && counts.length <= maxSymbol; ) {
      repeat = bits.read(2);
      for (let i = 0; i < repeat; i++) counts.push(0);
    }
  }
  if (remaining !== 0 || counts.length > maxSymbol + 1) throw new Error("the counts of an FSE table do not add up");
  return [buildFseTable(counts, accuracyLog), bits.align()];
}

/** -1: "less than 1". Values that need no top bit are a bit shorter. */
function readCount(bits: ForwardBits, remaining: number): number {
  const width = 32 - Math.clz32(remaining + 1);
  const value = bits.read(width);
  const low = value & ((1 << (width - 1)) - 1);
  const short = (1 << width) - 1 - (remaining + 1);
  if (low < short) {
    bits.rewind(1);
    return low - 1;
  }
  return (value > low ? value - short : value) - 1;
}

/** §4.1.1, "From normalized distribution to decoding tables". */
export function buildFseTable(counts: readonly number[], accuracyLog: number): FseTable {
  const size = 1 << accuracyLog;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size;
  counts.forEach((count, symbol) => {
    next[symbol] = Math.abs(count);
    if (count === -1) symbols[--high] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  });
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const count = next[symbols[state]]++;
    bits[state] = accuracyLog - (31 - Math.clz32(count));
    base[state] = (count << bits[state]) - size;
  }
  return { accuracyLog, symbols, bits, base };
}

/** One symbol for ever, in no bits: RLE_Mode. */
export function singleSymbolTable(symbol: number): FseTable {
  return {
    accuracyLog: 0,
    symbols: Uint8Array.of(symbol),
    bits: new Uint8Array(1),
    base: new Uint16Array(1),
  };
}
