/**
 * Lines of the layers below IP: Ethernet, VLAN, LLC, MPLS, PPP, ARP.
 *
 * @module
 */
import { LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, offsetAt, payloadAt, payloadWireBytes, wireBytesAt } from '../../../capture/dissect/layer-stack.ts';
import {
  isEthernetIpv4,
  readOperation,
  senderIpAt,
  senderMacAt,
  targetIpAt,
} from '../../../capture/layers/link/arp.ts';
import {
  destinationMacAt,
  ETHERNET_HEADER_BYTES,
  readEtherType,
  readVlanId,
  readVlanPriority,
  sourceMacAt,
} from '../../../capture/layers/link/ethernet.ts';
import {
  isReadable,
  readAssociation,
  readPacketNumber,
  readShortLength,
  readTci,
  SCI_BYTES,
  sciAt,
  TCI,
} from '../../../capture/layers/link/macsec.ts';
import { LABEL_BYTES, readLabel, readLabelTtl, readTrafficClass } from '../../../capture/layers/link/mpls.ts';
import { readPppoeCode, readPppoeSession, readPppProtocol } from '../../../capture/layers/link/ppp.ts';
import { readU16be } from '../../../core/bytes.ts';
import { flagNames, isLast, type LinePart } from './line-part.ts';

/** Codes of the discovery stage of PPPoE (RFC 2516 §5). */
const PPPOE_CODES: Record<number, string> = { 9: 'PADI', 7: 'PADO', 25: 'PADR', 101: 'PADS', 167: 'PADT' };
/** Protocol numbers of PPP (IANA "PPP DLL Protocol Numbers"). */
const PPP_PROTOCOLS: Record<number, string> = {
  33: 'IP',
  87: 'IP6',
  32801: 'IPCP',
  32855: 'IP6CP',
  33021: 'CCP',
  49185: 'LCP',
  49187: 'PAP',
  49699: 'CHAP',
};

/** As tcpdump names them. */
const MACSEC_FLAGS: readonly (readonly [number, string])[] = [
  [TCI.encrypted, 'E'],
  [TCI.changed, 'C'],
  [TCI.endStation, 'S'],
  [TCI.broadcast, 'B'],
  [TCI.sci, 'I'],
];

/**
 * Prints `SOURCE > DESTINATION, ` with both MAC addresses if verbose, and the EtherType if no known layer follows (IEEE
 * 802.3).
 */
export const ethernetPart: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  if (!verbose && !isLast(stack, i)) return;
  out.mac(bytes, sourceMacAt(at)).text(' > ').mac(bytes, destinationMacAt(at));
  if (isLast(stack, i)) {
    out.text(', ethertype ').hex(readEtherType(bytes, at), 4);
    out.text(', length ').number(wireBytesAt(stack, i) - ETHERNET_HEADER_BYTES);
  } else out.text(', ');
};

/** Prints `vlan 7, ` (IEEE 802.1Q), with the priority if verbose. */
export const vlanPart: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  out.text('vlan ').number(readVlanId(stack.bytes, at));
  if (verbose) out.text(', p ').number(readVlanPriority(stack.bytes, at));
  if (isLast(stack, i)) out.text(', ethertype ').hex(((stack.bytes[at + 2] ?? 0) << 8) | (stack.bytes[at + 3] ?? 0), 4);
  else out.text(', ');
};

/** Prints `LLC, dsap 0x42, ssap 0x42, length 38` (IEEE 802.2) if no known layer follows. */
export const llcPart: LinePart = (out, stack, i) => {
  if (!isLast(stack, i)) return;
  const at = offsetAt(stack, i);
  out
    .text('LLC, dsap ')
    .hex(stack.bytes[at] ?? 0, 2)
    .text(', ssap ')
    .hex(stack.bytes[at + 1] ?? 0, 2);
  out.text(', length ').number(wireBytesAt(stack, i));
};

/** Prints `MACsec, an 0, pn 7, flags [I], sci 0200000000010001` (IEEE 802.1AE §9), with the short length if verbose. */
export const macsecPart: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const tci = readTci(bytes, at);
  out.text('MACsec, an ').number(readAssociation(bytes, at)).text(', pn ').number(readPacketNumber(bytes, at));
  out.text(', flags [');
  flagNames(out, tci, MACSEC_FLAGS);
  out.text(']');
  if (verbose && readShortLength(bytes, at) !== 0) out.text(', sl ').number(readShortLength(bytes, at));
  if ((tci & TCI.sci) !== 0) out.text(', sci ').hexOctets(bytes, sciAt(at), SCI_BYTES);
  if (!isLast(stack, i)) return;
  if (isReadable(tci)) out.text(', ethertype ').hex(readU16be(bytes, payloadAt(stack, i) - 2), 4);
  out.text(', length ').number(payloadWireBytes(stack, i));
};

/** Prints the label stack, `MPLS (label 16, tc 0, [S], ttl 64) ` (RFC 3032, RFC 5462). */
export const mplsPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const labels = (stack.headerBytes[i] ?? 0) / LABEL_BYTES;
  out.text('MPLS');
  for (let label = 0; label < labels; label++) {
    const entry = at + label * LABEL_BYTES;
    out.text(' (label ').number(readLabel(bytes, entry)).text(', tc ').number(readTrafficClass(bytes, entry));
    out
      .text(label === labels - 1 ? ', [S]' : '')
      .text(', ttl ')
      .number(readLabelTtl(bytes, entry))
      .text(')');
  }
  if (isLast(stack, i)) out.text(', length ').number(payloadWireBytes(stack, i));
  else out.text(' ');
};

/** Prints `PPPoE [ses 0x1] `, with the name of a discovery packet before the session (RFC 2516). */
export const pppoePart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const code = readPppoeCode(stack.bytes, at);
  out.text('PPPoE');
  if (code !== 0) {
    const name = PPPOE_CODES[code];
    if (name === undefined) out.text(' code ').hex(code, 2);
    else out.text(' ').text(name);
  }
  out.text(' [ses ').hex(readPppoeSession(stack.bytes, at)).text(']');
  if (!isLast(stack, i)) out.text(' ');
};

/** Prints the name of the PPP protocol if no known layer follows (RFC 1661). */
export const pppPart: LinePart = (out, stack, i) => {
  if (!isLast(stack, i)) return;
  const protocol = readPppProtocol(stack.bytes, offsetAt(stack, i));
  const name = PPP_PROTOCOLS[protocol];
  if (name === undefined) out.text('PPP ').hex(protocol, 4);
  else out.text(name);
  out.text(', length ').number(payloadWireBytes(stack, i));
};

/** Prints `ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28` (RFC 826). */
export const arpPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const operation = readOperation(bytes, at);
  if (!isEthernetIpv4(bytes, at)) {
    out.text('ARP, operation ').number(operation);
  } else if (operation === 1) {
    out.text('ARP, Request who-has ').ipv4(bytes, targetIpAt(at)).text(' tell ').ipv4(bytes, senderIpAt(at));
  } else if (operation === 2) {
    out.text('ARP, Reply ').ipv4(bytes, senderIpAt(at)).text(' is-at ').mac(bytes, senderMacAt(at));
  } else out.text('ARP, operation ').number(operation);
  out.text(', length ').number(wireBytesAt(stack, i));
};

/** Prints `length N` for a layer without a text of its own, if no known layer follows. */
export const silentPart: LinePart = (out, stack, i) => {
  if (isLast(stack, i) && kindAt(stack, i) !== LAYER.none) out.text('length ').number(payloadWireBytes(stack, i));
};
