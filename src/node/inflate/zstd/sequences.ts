/** The Sequences_Section of a zstd block (RFC 8878 §3.1.1.3.2): which literals to copy, and from where to repeat what length. */
import { BackwardBits } from "./bits.js";
import { buildFseTable, type FseTable, readFseTable, singleSymbolTable } from "./fse.js";

/** One of the three codes: how its table may look, and what a code stands for. */
interface CodeKind {
  readonly maxAccuracyLog: number;
  readonly maxSymbol: number;
  readonly predefined: FseTable;
}

const ones = (count: number): number[] => new Array(count).fill(1);
const rare = (count: number): number[] => new Array(count).fill(-1);

/** §3.1.1.3.2.2: default distributions. */
const LITERALS_LENGTH: CodeKind = {
  maxAccuracyLog: 9,
  maxSymbol: 35,
  predefined: buildFseTable(
    [4, 3, ...new Array(11).fill(2), 1, 1, 1, ...new Array(9).fill(2), 3, 2, ...ones(5), ...rare(4)],
    6,
  ),
};
const MATCH_LENGTH: CodeKind = {
  maxAccuracyLog: 9,
  maxSymbol: 52,
  predefined: buildFseTable([1, 4, 3, ...new Array(6).fill(2), ...ones(37), ...rare(7)], 6),
};
const OFFSET: CodeKind = {
  maxAccuracyLog: 8,
  maxSymbol: 31,
  predefined: buildFseTable([...ones(6), 2, 2, 2, ...ones(15), ...rare(5)], 5),
};
const KINDS = [LITERALS_LENGTH, OFFSET, MATCH_LENGTH] as const;

/** §3.1.1.3.2.1.1: code → extra bits; the least value of a code lies behind the greatest of the one before. */
const LITERALS_LENGTH_BITS = [
  ...new Array(16).fill(0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
];
const MATCH_LENGTH_BITS = [
  ...new Array(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
];
const LITERALS_LENGTH_BASE = bases(LITERALS_LENGTH_BITS, 0);
const MATCH_LENGTH_BASE = bases(MATCH_LENGTH_BITS, 3);
/** §3.1.1.3.2.1.1: "Offset_Value = (1 << offsetCode) + readNBits(offsetCode)". */
const OFFSET_BASE = Array.from({ length: 32 }, (_, code) => 2 ** code);

function bases(bits: readonly number[], first: number): number[] {
  let next = first;
  return bits.map((count) => {
    const base = next;
    next += 2 ** count;
    return base;
  });
}

const PREDEFINED = 0;
const RLE = 1;
const REPEAT = 3;

export type SequenceTables = [literals: FseTable | null, offset: FseTable | null, match: FseTable | null];

/** `apply`: copy `literals` bytes, then repeat `match` bytes from `offset` value (repeat codes not yet resolved). */
export function readSequences(
  bytes: Uint8Array,
  start: number,
  end: number,
  tables: SequenceTables,
  apply: (literals: number, match: number, offsetValue: number) => void,
): void {
  if (start >= end) throw new Error("a block has no sequences section");
  let at = start + 1;
  let count = bytes[start];
  if (count === 255) {
    count = bytes[at] + bytes[at + 1] * 256 + 0x7f00;
    at += 2;
  } else if (count >= 128) count = (count - 128) * 256 + bytes[at++];
  if (count === 0) {
    if (at !== end) throw new Error("a block without sequences has bytes behind them");
    return;
  }
  if (at >= end) throw new Error("a sequences section is cut");
  const modes = bytes[at++];
  KINDS.forEach((kind, i) => {
    const mode = (modes >> (6 - 2 * i)) & 3;
    if (mode === PREDEFINED) tables[i] = kind.predefined;
    else if (mode === RLE) {
      if (at >= end || bytes[at] > kind.maxSymbol) throw new Error("a code of a sequence is out of range");
      tables[i] = singleSymbolTable(bytes[at++]);
    } else if (mode !== REPEAT) [tables[i], at] = readFseTable(bytes, at, end, kind.maxAccuracyLog, kind.maxSymbol);
    if (tables[i] === null) throw new Error("a table is to be repeated that there never was");
  });
  const [literals, offset, match] = tables as FseTable[];
  const stream = new BackwardBits(bytes, at, end);
  let literalsState = stream.read(literals.accuracyLog);
  let offsetState = stream.read(offset.accuracyLog);
  let matchState = stream.read(match.accuracyLog);
  for (let i = 1; i <= count; i++) {
    const offsetCode = offset.symbols[offsetState];
    const literalsCode = literals.symbols[literalsState];
    const matchCode = match.symbols[matchState];
    const offsetValue = OFFSET_BASE[offsetCode] + stream.read(offsetCode);
    const matchLength = MATCH_LENGTH_BASE[matchCode] + stream.read(MATCH_LENGTH_BITS[matchCode]);
    const literalsLength = LITERALS_LENGTH_BASE[literalsCode] + stream.read(LITERALS_LENGTH_BITS[literalsCode]);
    if (i < count) {
      literalsState = literals.base[literalsState] + stream.read(literals.bits[literalsState]);
      matchState = match.base[matchState] + stream.read(match.bits[matchState]);
      offsetState = offset.base[offsetState] + stream.read(offset.bits[offsetState]);
    }
    if (stream.left < 0) throw new Error("a stream of sequences is cut");
    apply(literalsLength, matchLength, offsetValue);
  }
  if (stream.left !== 0) throw new Error("a stream of sequences has bits too many");
}
