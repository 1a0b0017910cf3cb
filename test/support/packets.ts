/** Builds packets layer by layer, inside out: `ethernet(ETHERTYPE_IPV4, ipv4({ protocol: 6, payload: tcp({ … }) }))`. */

export type Bytes = readonly number[] | Uint8Array;

export function concat(...parts: Bytes[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;

export interface TcpFields {
  sourcePort?: number;
  destinationPort?: number;
  sequence?: number;
  acknowledgment?: number;
  flags?: number;
  window?: number;
  urgentPointer?: number;
  /** Of a length that 4 divides. */
  options?: Bytes;
  payload?: Bytes;
}

export function tcp(fields: TcpFields = {}): Uint8Array {
  const { sourcePort = 40000, destinationPort = 50051, sequence = 0, acknowledgment = 0, flags = ACK } = fields;
  const { window = 512, urgentPointer = 0, options = [], payload = [] } = fields;
  const words = 5 + options.length / 4;
  const ports = [...u16(sourcePort), ...u16(destinationPort)];
  const header = [
    ...ports,
    ...u32(sequence >>> 0),
    ...u32(acknowledgment >>> 0),
    words << 4,
    flags,
    ...u16(window),
    0,
    0,
  ];
  return concat(header, u16(urgentPointer), options, payload);
}

export function udp(sourcePort: number, destinationPort: number, payload: Bytes): Uint8Array {
  return concat(u16(sourcePort), u16(destinationPort), u16(8 + payload.length), [0, 0], payload);
}

export interface Ipv4Fields {
  source?: string;
  destination?: string;
  protocol?: number;
  payload: Bytes;
  options?: Bytes;
  identification?: number;
  /** In bytes. */
  fragmentOffset?: number;
  more?: boolean;
  totalLength?: number;
}

export function ipv4(fields: Ipv4Fields): Uint8Array {
  const { source = "10.0.0.1", destination = "10.0.0.2", protocol = 6, payload, options = [] } = fields;
  const { identification = 0, fragmentOffset = 0, more = false } = fields;
  const headerBytes = 20 + options.length;
  const totalLength = fields.totalLength ?? headerBytes + payload.length;
  const fragment = (fragmentOffset >> 3) | (more ? 0x2000 : 0);
  const header = [0x40 | (headerBytes >> 2), 0, ...u16(totalLength & 0xffff), ...u16(identification), ...u16(fragment)];
  return concat(header, [64, protocol, 0, 0], parseIpv4(source), parseIpv4(destination), options, payload);
}

export interface Ipv6Fields {
  source?: string;
  destination?: string;
  nextHeader?: number;
  payload: Bytes;
  payloadLength?: number;
}

export function ipv6(fields: Ipv6Fields): Uint8Array {
  const { source = "fd00::1", destination = "fd00::2", nextHeader = 6, payload } = fields;
  const payloadLength = fields.payloadLength ?? payload.length;
  const header = [0x60, 0, 0, 0, ...u16(payloadLength & 0xffff), nextHeader, 64];
  return concat(header, parseIpv6(source), parseIpv6(destination), payload);
}

/** An IPv6 extension header with `body` behind its next header and length; the body is padded to units of 8 bytes. */
export function extensionHeader(nextHeader: number, body: Bytes, payload: Bytes): Uint8Array {
  const units = Math.ceil((2 + body.length) / 8);
  return concat([nextHeader, units - 1], body, new Uint8Array(units * 8 - 2 - body.length), payload);
}

export function ipv6Fragment(
  nextHeader: number,
  identification: number,
  offset: number,
  more: boolean,
  payload: Bytes,
): Uint8Array {
  return concat([nextHeader, 0], u16(offset | (more ? 1 : 0)), u32(identification), payload);
}

const MAC_ADDRESSES = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];

export const IPV4 = 0x0800;
export const IPV6 = 0x86dd;

/** `tags`: 802.1Q or 802.1ad tags as [EtherType of the tag, VLAN id], outermost first. */
export function ethernet(
  etherType: number,
  payload: Bytes,
  tags: readonly (readonly [number, number])[] = [],
): Uint8Array {
  return concat(MAC_ADDRESSES, ...tags.map(([type, id]) => [...u16(type), ...u16(id)]), u16(etherType), payload);
}

export function parseIpv4(text: string): number[] {
  return text.split(".").map(Number);
}

export function parseIpv6(text: string): number[] {
  const [head, tail] = text.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...new Array<string>(zeros).fill("0"), ...(tail ?? [])];
  return groups.flatMap((group) => u16(Number.parseInt(group, 16)));
}
