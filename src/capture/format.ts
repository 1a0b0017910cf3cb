/** The first bytes of an input → what kind of file it is: a capture that is read here, or a name for what it is instead. */
import { readU32BE } from "../bytes/integers.js";

export type CaptureFormat = "pcap" | "pcapng";

export const PCAP_MICROSECONDS = 0xa1b2c3d4;
export const PCAP_NANOSECONDS = 0xa1b23c4d;
/** Alexey Kuznetzov's patched libpcap: eight more bytes in each record header. */
export const PCAP_MODIFIED = 0xa1b2cd34;
export const SECTION_HEADER_BLOCK = 0x0a0d0d0a;

/** Enough to tell text from HTML, JSON and key logs. */
export const MAX_HEAD_BYTES = 512;

/** What `buf[start, end)` begins as; null when it is no capture format that is read here. Needs 4 bytes. */
export function recogniseCapture(buf: Uint8Array, start: number, end: number): CaptureFormat | null {
  if (end - start < 4) return null;
  const magic = readU32BE(buf, start);
  if (magic === SECTION_HEADER_BLOCK) return "pcapng";
  return isPcapMagic(magic) || isPcapMagic(swapped(magic)) ? "pcap" : null;
}

export function isPcapMagic(magic: number): boolean {
  return magic === PCAP_MICROSECONDS || magic === PCAP_NANOSECONDS || magic === PCAP_MODIFIED;
}

function swapped(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** Magic numbers of files that are given by mistake, as hexadecimal of their first bytes. */
const FOREIGN: readonly (readonly [magic: string, what: string])[] = [
  ["1f8b", "gzip data"],
  ["28b52ffd", "zstd data"],
  ["425a68", "bzip2 data"],
  ["fd377a585a00", "xz data"],
  ["04224d18", "LZ4 data"],
  ["504b0304", "a ZIP archive"],
  ["377abcaf271c", "a 7-Zip archive"],
  ["736e6f6f70000000", "a snoop capture (editcap -F pcapng converts it)"],
  ["47534d55", "a Network Monitor capture (editcap -F pcapng converts it)"],
  ["474d4255", "a Network Monitor capture (editcap -F pcapng converts it)"],
  ["54524150", "a NetXray capture (editcap -F pcapng converts it)"],
  ["54534e49", "a Sniffer capture (editcap -F pcapng converts it)"],
  ["1c0001ac", "an IXIA capture (editcap -F pcapng converts it)"],
  ["1c0001ab", "an IXIA capture (editcap -F pcapng converts it)"],
  ["ac01001c", "an IXIA capture (editcap -F pcapng converts it)"],
  ["ab01001c", "an IXIA capture (editcap -F pcapng converts it)"],
  ["6274736e6f6f7000", "a Bluetooth btsnoop log"],
  ["7f454c46", "an ELF program"],
  ["25504446", "a PDF document"],
  ["89504e470d0a1a0a", "a PNG picture"],
  ["d0cf11e0", "a Microsoft Office document"],
];

/** An ETL trace has no magic: its first buffer's header says 0x10000 or so and holds the logger's name in UTF-16 later on. */
const ETL_VERSION_AT = 48;

/** One noun phrase for an input that is no capture: "an HTML page", "gzip data". `buf[start, end)` is its head. */
export function describeForeign(buf: Uint8Array, start: number, end: number): string {
  let hex = "";
  for (let i = start; i < end && i < start + 8; i++) hex += buf[i].toString(16).padStart(2, "0");
  for (const [magic, what] of FOREIGN) if (hex.startsWith(magic)) return what;
  const text = printable(buf, start, end);
  if (text !== null) return describeText(text);
  if (looksLikeEtl(buf, start, end)) return "a Windows ETL trace (etl2pcapng converts it)";
  if (buf.subarray(start, end).every((byte) => byte === 0)) return "a run of zero bytes";
  return `data of an unknown kind (it begins with ${hex.replace(/(..)(?=.)/g, "$1 ")})`;
}

function looksLikeEtl(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < ETL_VERSION_AT + 4) return false;
  const bufferSize = buf[start] | (buf[start + 1] << 8) | (buf[start + 2] << 16) | (buf[start + 3] << 24);
  const fields = buf[start + 4] | (buf[start + 5] << 8) | (buf[start + 6] << 16) | (buf[start + 7] << 24);
  return bufferSize >= 4096 && bufferSize <= 1 << 20 && bufferSize % 1024 === 0 && fields > 0 && fields <= bufferSize;
}

function describeText(text: string): string {
  const head = text.replace(/^\ufeff/, "").trimStart();
  if (/^<!doctype html|^<html/i.test(head)) return "an HTML page (perhaps a download's error page)";
  if (/^<\?xml|^<(pdml|psml)\b/i.test(head)) return "an XML file (perhaps a PDML export of Wireshark)";
  if (/^[[{]/.test(head))
    return /"_index"|"_source"|"layers"/.test(head) ? "a JSON export of Wireshark" : "a JSON file";
  if (/^(CLIENT_RANDOM|(CLIENT|SERVER)_\w*SECRET\w*|EXPORTER_SECRET|RSA) [0-9a-f]/im.test(head))
    return "a TLS key log (TLS is not decrypted yet: it is of no use)";
  if (/^version https:\/\/git-lfs/.test(head)) return "a Git LFS pointer (git lfs pull fetches the file)";
  if (/^[ \t]*(syntax|package|edition)\s*=?\s*"?[\w.]+"?\s*;/m.test(head))
    return "a .proto file (give it with --proto)";
  return "a text file";
}

/** The bytes as text when all of them are characters and white space; null otherwise. */
function printable(buf: Uint8Array, start: number, end: number): string | null {
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = buf[i];
    if (byte === 0x7f || (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13)) return null;
    text += String.fromCharCode(byte);
  }
  return text.replace(/^\u00ef\u00bb\u00bf/, "");
}
