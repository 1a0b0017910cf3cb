/**
 * A string literal (RFC 7541 §5.2) → text.
 *
 *      0   1   2   3   4   5   6   7
 *    +---+---+---+---+---+---+---+---+
 *    | H |    String Length (7+)     |    H: Huffman-coded
 *    +---+---------------------------+
 *    |  String Data (Length octets)  |
 *    +-------------------------------+
 */
import { decodeLatin1, decodeUtf8Strict } from "../bytes/text.js";
import { decodeHuffman, type HuffmanFault, type HuffmanOutput } from "./huffman.js";
import { IntegerReader } from "./integer.js";

/** Every Huffman-coded string passes through it; it grows to the largest one's need, which a block's limit bounds. */
const output: HuffmanOutput = { bytes: new Uint8Array(256), length: 0, fault: "" };

export class StringReader {
  private readonly integer = new IntegerReader();
  /** The string's bytes are `buf[start, next)`, still coded if `huffman`. */
  start = 0;
  next = 0;
  huffman = false;
  /** The bytes end before the string does; if they end in its data, `declared` is the length it states, else -1. */
  short = false;
  declared = -1;
  overflow = false;
  fault: HuffmanFault = "";
  text = "";
  /** The bytes, where they are no UTF-8; `text` then has one character per byte. */
  bytes: Uint8Array | null = null;
  /** Length of the decoded bytes: what counts for a table entry's size. */
  byteLength = 0;

  read(buf: Uint8Array, at: number, end: number): void {
    const { integer } = this;
    this.huffman = buf[at] >= 0x80;
    const length = integer.read(buf, at, end, 0x7f);
    this.declared = integer.short ? -1 : length;
    this.overflow = integer.overflow;
    this.start = integer.next;
    this.fault = "";
    this.short = integer.short || length > end - this.start;
    if (this.short) {
      this.next = end;
      return;
    }
    this.next = this.start + length;
    if (!this.huffman) {
      this.decodeText(buf, this.start, this.next);
      return;
    }
    decodeHuffman(buf, this.start, this.next, output);
    this.fault = output.fault;
    this.decodeText(output.bytes, 0, output.length);
  }

  private decodeText(buf: Uint8Array, start: number, end: number): void {
    this.byteLength = end - start;
    const text = decodeUtf8Strict(buf, start, end);
    this.text = text ?? decodeLatin1(buf, start, end);
    this.bytes = text === null ? buf.slice(start, end) : null;
  }
}
