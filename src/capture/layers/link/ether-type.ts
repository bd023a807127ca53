/**
 * EtherTypes (IEEE 802.3 §3.2.6; https://www.iana.org/assignments/ieee-802-numbers) that code names.
 *
 * @module
 */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_TEB = 0x6558;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_PPP = 0x880b;
export const ETHERTYPE_ERSPAN2 = 0x88be;
export const ETHERTYPE_ERSPAN3 = 0x22eb;
/** Redirection of the Web Cache Communication Protocol, in GRE only. */
export const ETHERTYPE_WCCP = 0x883e;
/** Smaller values are an 802.3 length. */
export const MIN_ETHERTYPE = 0x0600;
