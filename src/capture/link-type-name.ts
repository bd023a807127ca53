/**
 * Names of link types that are not decoded, as in draft-ietf-opsawg-pcaplinktype and `tcpdump -L`. Only those are
 * listed that a host with a tunnel is likely to capture.
 *
 * @module
 */

const NAMES: ReadonlyMap<number, string> = new Map([
  [6, 'IEEE802_5'],
  [8, 'SLIP'],
  [10, 'FDDI'],
  [11, 'ATM_RFC1483'],
  [104, 'C_HDLC'],
  [105, 'IEEE802_11'],
  [107, 'FRELAY'],
  [109, 'ENC'],
  [117, 'PFLOG'],
  [119, 'IEEE802_11_PRISM'],
  [122, 'IP_OVER_FC'],
  [127, 'IEEE802_11_RADIOTAP'],
  [143, 'DOCSIS'],
  [163, 'IEEE802_11_AVS'],
  [166, 'PPP_PPPD'],
  [169, 'GPRS_LLC'],
  [187, 'BLUETOOTH_HCI_H4'],
  [189, 'USB_LINUX'],
  [192, 'PPI'],
  [195, 'IEEE802_15_4_WITHFCS'],
  [201, 'BLUETOOTH_HCI_H4_WITH_PHDR'],
  [204, 'PPP_WITH_DIR'],
  [219, 'MPLS'],
  [220, 'USB_LINUX_MMAPPED'],
  [226, 'IPNET'],
  [227, 'CAN_SOCKETCAN'],
  [230, 'IEEE802_15_4_NOFCS'],
  [231, 'DBUS'],
  [242, 'IPOIB'],
  [243, 'MPEG_2_TS'],
  [247, 'INFINIBAND'],
  [249, 'USBPCAP'],
  [252, 'WIRESHARK_UPPER_PDU'],
  [253, 'NETLINK'],
  [254, 'BLUETOOTH_LINUX_MONITOR'],
  [258, 'PKTAP'],
  [271, 'VSOCK'],
  [280, 'VPP_DISPATCH'],
]);

/**
 * Formats a link type for messages: `link type 127 (IEEE802_11_RADIOTAP)`, or the number alone if it has no name here.
 */
export function linkTypeText(linkType: number): string {
  const name = NAMES.get(linkType);
  return name === undefined ? `link type ${linkType}` : `link type ${linkType} (${name})`;
}
