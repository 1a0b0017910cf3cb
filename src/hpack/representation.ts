/** What `explain` sees of a header block: every representation with its place, and which block taught the entry it uses. */
import type { HeaderField } from "./header-field.js";

export type RepresentationKind = "indexed" | "incremental" | "without" | "never" | "size update";

/** One representation (RFC 7541 §6). Borrowed: one object is reused for all. Offsets count from the block's first byte. */
export interface RepresentationView {
  kind: RepresentationKind;
  start: number;
  end: number;
  /** The index, of a literal that of its name: 0 for a new name. Of a size update: the size. */
  index: number;
  /** Null for a size update, and where nothing could be decoded. */
  field: HeaderField | null;
  /** The entry of the dynamic table that `index` refers to: the object that is inserted; null: none, or never seen. */
  entry: HeaderField | null;
  /** `origin` of the block that inserted the dynamic entry that `index` refers to; -1: none, or never seen. */
  origin: number;
  /** A literal's strings, behind their lengths; -1 where there is none. */
  nameStart: number;
  nameEnd: number;
  nameHuffman: boolean;
  valueStart: number;
  valueEnd: number;
  valueHuffman: boolean;
}

export interface RepresentationSink {
  representation(representation: RepresentationView): void;
}

export function emptyRepresentation(): RepresentationView {
  return {
    kind: "indexed",
    start: 0,
    end: 0,
    index: 0,
    field: null,
    entry: null,
    origin: -1,
    nameStart: -1,
    nameEnd: -1,
    nameHuffman: false,
    valueStart: -1,
    valueEnd: -1,
    valueHuffman: false,
  };
}
