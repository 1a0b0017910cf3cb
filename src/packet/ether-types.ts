/** EtherType numbers (IEEE 802, IANA "ETHER TYPES"). */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_VLAN = 0x8100;
/** 802.1ad, the outer tag of QinQ; the two below are what older switches put there. */
export const ETHERTYPE_SERVICE_VLAN = 0x88a8;
export const ETHERTYPE_VLAN_9100 = 0x9100;
export const ETHERTYPE_VLAN_9200 = 0x9200;
export const ETHERTYPE_TRANSPARENT_ETHERNET = 0x6558;
export const ETHERTYPE_MPLS = 0x8847;
export const ETHERTYPE_MPLS_MULTICAST = 0x8848;
export const ETHERTYPE_PPPOE_SESSION = 0x8864;
export const ETHERTYPE_PPP = 0x880b;
export const ETHERTYPE_BACKBONE_BRIDGE = 0x88e7;
export const ETHERTYPE_ERSPAN_II = 0x88be;
export const ETHERTYPE_ERSPAN_III = 0x22eb;
/** Below it the field is an IEEE 802.3 length, and an LLC header follows. */
export const SMALLEST_ETHERTYPE = 0x0600;
