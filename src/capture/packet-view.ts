/** One record of a capture file, as the capture readers push it. */
export interface PacketView {
  /** From 1, in file order. */
  number: number;
  /** Capture time: whole seconds since 1970-01-01T00:00:00Z, and nanoseconds 0 … 999,999,999 within it. */
  seconds: number;
  nanoseconds: number;
  /** Captured bytes are `buf[start, end)`, borrowed until the callback returns. */
  buf: Uint8Array;
  start: number;
  end: number;
  /** Bytes the packet had on the wire; more than were captured when a snapshot length cut it. */
  originalLength: number;
  /** LINKTYPE_ number of tcpdump.org's registry: 1 Ethernet, 0 NULL, 101 RAW, 113 LINUX_SLL, 276 LINUX_SLL2 … */
  linkType: number;
  /** Bytes of frame check sequence at the packet's end, where the file says so; else 0. */
  fcsLength: number;
  /** Index of the interface it was captured on: 0 for pcap. */
  interfaceId: number;
}

const NO_BYTES = new Uint8Array(0);

/** A view to be filled again and again: every field is there from the start, so that its shape never changes. */
export function newPacketView(): PacketView {
  return {
    number: 0,
    seconds: 0,
    nanoseconds: 0,
    buf: NO_BYTES,
    start: 0,
    end: 0,
    originalLength: 0,
    linkType: 0,
    fcsLength: 0,
    interfaceId: 0,
  };
}

export interface CaptureSink {
  packet(packet: PacketView): void;
  /** A pcapng Decryption Secrets Block: `type` is its secrets_type (0x544c534b: TLS key log text). Borrowed bytes. */
  secrets?(type: number, buf: Uint8Array, start: number, end: number): void;
}

/** A capture format's push parser: chunks cut anywhere go in, packets come out. */
export interface CaptureReader {
  push(chunk: Uint8Array): void;
  /** The input is over; reports what was cut off. */
  end(): void;
}
