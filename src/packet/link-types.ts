/** LINKTYPE_ numbers of the registry (draft-ietf-opsawg-pcaplinktype) that are decoded here. */
export const LINKTYPE_NULL = 0;
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_PPP = 9;
/** LINKTYPE_RAW as the BSDs number it in files of their own. */
export const LINKTYPE_RAW_BSD = 12;
export const LINKTYPE_RAW_OPENBSD = 14;
export const LINKTYPE_PPP_HDLC = 50;
export const LINKTYPE_PPP_ETHER = 51;
export const LINKTYPE_RAW = 101;
export const LINKTYPE_C_HDLC = 104;
export const LINKTYPE_IEEE802_11 = 105;
export const LINKTYPE_LOOP = 108;
export const LINKTYPE_LINUX_SLL = 113;
export const LINKTYPE_IEEE802_11_PRISM = 119;
export const LINKTYPE_IEEE802_11_RADIOTAP = 127;
export const LINKTYPE_IEEE802_11_AVS = 163;
export const LINKTYPE_PPP_PPPD = 166;
export const LINKTYPE_PPP_WITH_DIR = 204;
export const LINKTYPE_IPV4 = 228;
export const LINKTYPE_IPV6 = 229;
export const LINKTYPE_PKTAP = 258;
export const LINKTYPE_LINUX_SLL2 = 276;

/** Names of some that are not decoded, as the registry has them. */
const OTHERS: Readonly<Record<number, string>> = {
  6: "IEEE802_5",
  7: "ARCNET_BSD",
  8: "SLIP",
  10: "FDDI",
  107: "FRELAY",
  117: "PFLOG",
  147: "USER0",
  149: "USER2",
  187: "BLUETOOTH_HCI_H4",
  189: "USB_LINUX",
  192: "PPI",
  195: "IEEE802_15_4_WITHFCS",
  197: "ERF",
  201: "BLUETOOTH_HCI_H4_WITH_PHDR",
  220: "USB_LINUX_MMAPPED",
  227: "CAN_SOCKETCAN",
  230: "IEEE802_15_4_NOFCS",
  231: "DBUS",
  239: "NFLOG",
  242: "IPOIB",
  249: "USBPCAP",
  252: "WIRESHARK_UPPER_PDU",
  253: "NETLINK",
  254: "BLUETOOTH_LINUX_MONITOR",
  266: "USB_DARWIN",
  271: "VSOCK",
};

/** "189 (USB_LINUX)"; only the number where the name is not known here. */
export function describeLinkType(linkType: number): string {
  const name = OTHERS[linkType];
  return name === undefined ? String(linkType) : `${linkType} (${name})`;
}
