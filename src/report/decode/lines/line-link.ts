/**
 * Lines of what lies below IP: tags, labels, PPPoE, ARP.
 *
 * @module
 */
import { LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, offsetAt, payloadWireBytes, wireBytesAt } from '../../../capture/dissect/layer-stack.ts';
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
import { LABEL_BYTES, readLabel, readLabelTtl, readTrafficClass } from '../../../capture/layers/link/mpls.ts';
import { readPppoeCode, readPppoeSession, readPppProtocol } from '../../../capture/layers/link/ppp.ts';
import { isLast, type LinePart } from './line-part.ts';

const PPPOE_CODES: Record<number, string> = { 9: 'PADI', 7: 'PADO', 25: 'PADR', 101: 'PADS', 167: 'PADT' };
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

export const vlanPart: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  out.text('vlan ').number(readVlanId(stack.bytes, at));
  if (verbose) out.text(', p ').number(readVlanPriority(stack.bytes, at));
  if (isLast(stack, i)) out.text(', ethertype ').hex(((stack.bytes[at + 2] ?? 0) << 8) | (stack.bytes[at + 3] ?? 0), 4);
  else out.text(', ');
};

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

export const pppPart: LinePart = (out, stack, i) => {
  if (!isLast(stack, i)) return;
  const protocol = readPppProtocol(stack.bytes, offsetAt(stack, i));
  const name = PPP_PROTOCOLS[protocol];
  if (name === undefined) out.text('PPP ').hex(protocol, 4);
  else out.text(name);
  out.text(', length ').number(payloadWireBytes(stack, i));
};

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

/** Layers that have nothing to say unless they are the last. */
export const silentPart: LinePart = (out, stack, i) => {
  if (isLast(stack, i) && kindAt(stack, i) !== LAYER.none) out.text('length ').number(payloadWireBytes(stack, i));
};
