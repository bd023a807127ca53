/**
 * EtherTypes (IEEE 802.3 §3.2.6; https://www.iana.org/assignments/ieee-802-numbers) that code names.
 *
 * @module
 */

/**
 * IPv4.
 */
export const ETHERTYPE_IPV4 = 0x0800;
/** ARP. */
export const ETHERTYPE_ARP = 0x0806;
/** Transparent Ethernet bridging: an Ethernet frame follows (RFC 1701). */
export const ETHERTYPE_TEB = 0x6558;
/** IPv6. */
export const ETHERTYPE_IPV6 = 0x86dd;
/** PPP, in GRE version 1 (RFC 2637). */
export const ETHERTYPE_PPP = 0x880b;
/** ERSPAN types I and II, in GRE. */
export const ETHERTYPE_ERSPAN2 = 0x88be;
/** ERSPAN type III, in GRE. */
export const ETHERTYPE_ERSPAN3 = 0x22eb;
/** Packets redirected by the Web Cache Communication Protocol, in GRE only. */
export const ETHERTYPE_WCCP = 0x883e;
/** Smaller values are the length field of an 802.3 frame. */
export const MIN_ETHERTYPE = 0x0600;
