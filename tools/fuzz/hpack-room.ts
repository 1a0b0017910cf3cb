/** Header blocks, right ones and mutated ones, one decoder for a few hundred of them: its table and its limits must hold. */
import type { Random } from "./random.js";
import { check, type Loaded, type Product, type Room } from "./room.js";

const BLOCKS_A_DECODER = 200;
const SMALL = { maxHeaderBlockBytes: 2048, maxHeaderFields: 20, maxHpackTableBytes: 1000 };
const NAMES = ["te", ":path", "grpc-timeout", "x", "", "UPPER", "user-agent"];

export function hpackRoom({ HpackDecoder, LIMITS }: Product): Room {
  let left = 0;
  let limits = { ...LIMITS, ...SMALL };
  let decoder = new HpackDecoder(() => {}, limits);
  return {
    inputs: "header blocks",
    play(random) {
      if (left-- <= 0) {
        left = random.below(BLOCKS_A_DECODER);
        limits = random.oneIn(2) ? { ...LIMITS, ...SMALL } : { ...SMALL, ...LIMITS };
        decoder = new HpackDecoder(() => {}, limits, { joinedLate: random.oneIn(3), newName: () => {} });
      }
      if (random.oneIn(20)) decoder.lost();
      if (random.oneIn(20)) decoder.setAllowedSize(random.below(8192));
      const block = headerBlock(random);
      if (!random.oneIn(4)) random.mutate(block);
      const fields = random.oneIn(3) ? inParts(decoder, block, random) : decoder.decode(block, 0, block.length, 7);
      block.fill(0xaa);
      const { table } = decoder;
      check(table.size <= limits.maxHpackTableBytes, "the table keeps to maxHpackTableBytes");
      check(table.size <= table.maxSize, "the table keeps to its own size");
      check(table.count * 32 <= table.size, "every entry counts at least 32 bytes");
      check(fields.length <= limits.maxHeaderFields, "a block has at most maxHeaderFields");
      let bytes = 0;
      for (const { name, value, nameSource, placeholder } of fields) {
        bytes += name.length + value.length + 32;
        check(nameSource !== "unknown" || placeholder > 0, "a name that is not known has a placeholder");
      }
      check(bytes <= limits.maxHeaderBlockBytes, "a block's fields keep to maxHeaderBlockBytes");
      return 1;
    },
  };
}

function inParts(decoder: Loaded, block: Uint8Array, random: Random): Loaded[] {
  decoder.begin(3);
  let start = 0;
  for (let end = 0; end < block.length; ) {
    end = Math.min(block.length, end + 1 + random.below(20));
    const next = decoder.part(block, start, end);
    check(next >= start && next <= end, "a part ends inside what was given");
    start = next;
    if (end - start > 64) {
      const passed = decoder.passLong(block, start, end);
      if (passed < 0) break;
      check(passed > start && passed <= end, "a long literal is passed over inside what was given");
      start = passed;
    }
  }
  return decoder.end(block, start, block.length);
}

/** A block of random representations, as an encoder might write it. */
export function headerBlock(random: Random): Uint8Array {
  const out: number[] = [];
  if (random.oneIn(12)) integer(out, 0x20, 5, random.below(random.oneIn(4) ? 1 << 20 : 5000));
  for (let fields = random.below(12); fields > 0; fields--) {
    if (random.oneIn(2)) integer(out, 0x80, 7, 1 + random.below(random.oneIn(8) ? 300 : 75));
    else {
      const [pattern, bits] = random.pick([
        [0x40, 6],
        [0x40, 6],
        [0x00, 4],
        [0x10, 4],
      ] as const);
      const named = random.oneIn(2);
      integer(out, pattern, bits, named ? 1 + random.below(70) : 0);
      if (!named) string(out, random, random.pick(NAMES));
      string(out, random, "v".repeat(random.below(random.oneIn(10) ? 2000 : 30)));
    }
  }
  return Uint8Array.from(out);
}

function integer(out: number[], pattern: number, bits: number, value: number): void {
  const max = (1 << bits) - 1;
  if (value < max) {
    out.push(pattern | value);
    return;
  }
  out.push(pattern | max);
  let rest = value - max;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
}

/** Marked as Huffman-coded now and then, which any bytes nearly are. */
function string(out: number[], random: Random, text: string): void {
  integer(out, random.oneIn(3) ? 0x80 : 0, 7, text.length);
  for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i));
}
