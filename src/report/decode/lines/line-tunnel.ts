/**
 * Lines of tunnels that do not encrypt. The packet inside follows on a line of its own.
 *
 * @module
 */
import { LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, offsetAt, payloadWireBytes } from '../../../capture/dissect/layer-stack.ts';
import { readErspanSession, readErspanVersion, readErspanVlan } from '../../../capture/layers/encapsulation/erspan.ts';
import {
  GENEVE_HEADER_BYTES,
  readGeneveFlags,
  readGeneveOptionBytes,
  readGeneveProtocol,
  readGeneveVni,
  readOptionBytes,
  readOptionClass,
  readOptionType,
} from '../../../capture/layers/encapsulation/geneve.ts';
import {
  isNvgre,
  readGreKey,
  readGreProtocol,
  readGreSequence,
  readGreVersion,
  readPptpCallId,
} from '../../../capture/layers/encapsulation/gre.ts';
import { G_PDU, readGtpSequence, readGtpType, readTeid } from '../../../capture/layers/encapsulation/gtp.ts';
import {
  isL2tpControl,
  readL2tpVersion,
  readSessionId,
  readTunnelId,
} from '../../../capture/layers/encapsulation/l2tp.ts';
import { readNshIndex, readNshPath, readVni, readVxlanFlags } from '../../../capture/layers/encapsulation/vxlan.ts';
import { flagNames, isLast, type LinePart } from './line-part.ts';

/** RFC 7348 §5. */
const VXLAN_FLAGS: readonly (readonly [number, string])[] = [[0x08, 'I']];
/** draft-ietf-nvo3-vxlan-gpe §3. */
const VXLAN_GPE_FLAGS: readonly (readonly [number, string])[] = [
  [0x08, 'I'],
  [0x04, 'P'],
  [0x01, 'O'],
];
/** RFC 8926 §3.4. */
const GENEVE_FLAGS: readonly (readonly [number, string])[] = [
  [0x80, 'O'],
  [0x40, 'C'],
];

/** Prints flags and VNI of VXLAN (RFC 7348 §5) or VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe §3). */
export const vxlanPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const flags = readVxlanFlags(stack.bytes, at);
  const isGpe = kindAt(stack, i) === LAYER.vxlanGpe;
  out.text(isGpe ? 'VXLAN-GPE, flags [' : 'VXLAN, flags [');
  flagNames(out, flags, isGpe ? VXLAN_GPE_FLAGS : VXLAN_FLAGS);
  out.text('] (').hex(flags, 2).text('), vni ').number(readVni(stack.bytes, at));
};

/** Prints service path and service index of a Network Service Header (RFC 8300 §2.3). */
export const nshPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  out
    .text('NSH, service path ')
    .number(readNshPath(stack.bytes, at))
    .text(', index ')
    .number(readNshIndex(stack.bytes, at));
};

/** Prints flags, VNI, protocol and options of Geneve (RFC 8926 §3.4, §3.5). The options in full only if verbose. */
export const genevePart: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  out.text('Geneve, Flags [');
  flagNames(out, readGeneveFlags(bytes, at), GENEVE_FLAGS);
  out.text('], vni ').hex(readGeneveVni(bytes, at)).text(', proto ').hex(readGeneveProtocol(bytes, at), 4);
  const end = at + GENEVE_HEADER_BYTES + readGeneveOptionBytes(bytes, at);
  if (end === at + GENEVE_HEADER_BYTES) return;
  out.text(', options [');
  if (!verbose) out.number(readGeneveOptionBytes(bytes, at)).text(' bytes');
  else {
    for (let option = at + GENEVE_HEADER_BYTES; option < end; option += readOptionBytes(bytes, option)) {
      if (option > at + GENEVE_HEADER_BYTES) out.text(', ');
      const valueBytes = Math.min(readOptionBytes(bytes, option), end - option) - 4;
      out.text('class ').hex(readOptionClass(bytes, option), 4).text(' type ').hex(readOptionType(bytes, option));
      if (valueBytes > 0) out.text(' data ').hexOctets(bytes, option + 4, valueBytes);
    }
  }
  out.text(']');
};

/**
 * Prints key, sequence number, protocol and length of GRE (RFC 2784, RFC 2890), the call of PPTP (RFC 2637 §4.1) or the
 * VSID of NVGRE (RFC 7637 §3.2).
 */
export const grePart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const version = readGreVersion(bytes, at);
  out.text(isNvgre(bytes, at) ? 'NVGRE' : 'GREv').text(isNvgre(bytes, at) ? '' : String(version));
  const key = readGreKey(bytes, at);
  if (isNvgre(bytes, at) && key !== null)
    out
      .text(', vsid ')
      .number(key >>> 8)
      .text(', flow ')
      .number(key & 0xff);
  else if (key !== null) out.text(', key ').hex(key);
  if (version === 1) out.text(', call ').number(readPptpCallId(bytes, at));
  const sequence = readGreSequence(bytes, at);
  if (sequence !== null) out.text(', seq ').number(sequence);
  out.text(', proto ').hex(readGreProtocol(bytes, at), 4).text(', length ').number(payloadWireBytes(stack, i));
};

/** Prints type, session and VLAN of ERSPAN (draft-foschiano-erspan §4). Type I has no header. */
export const erspanPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  if (stack.headerBytes[i] === 0) {
    out.text('ERSPAN type I');
    return;
  }
  out.text(readErspanVersion(stack.bytes, at) === 1 ? 'ERSPAN type II' : 'ERSPAN type III');
  out
    .text(', session ')
    .number(readErspanSession(stack.bytes, at))
    .text(', vlan ')
    .number(readErspanVlan(stack.bytes, at));
};

/** Prints TEID and sequence number of GTP-U (3GPP TS 29.281 §5), and the message type unless it carries a packet. */
export const gtpuPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const type = readGtpType(bytes, at);
  out.text('GTP-U').text(type === G_PDU ? '' : ' message ');
  if (type !== G_PDU) out.number(type);
  out.text(', teid ').hex(readTeid(bytes, at), 8);
  const sequence = (bytes[at] ?? 0) >>> 5 === 1 ? readGtpSequence(bytes, at) : null;
  if (sequence !== null) out.text(', seq ').number(sequence);
  if (isLast(stack, i)) out.text(', length ').number(payloadWireBytes(stack, i));
};

/** Prints version and message type of GTP-C (3GPP TS 29.060, TS 29.274 §5). */
export const gtpcPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  out
    .text('GTP-C version ')
    .number((stack.bytes[at] ?? 0) >>> 5)
    .text(', message ')
    .number(readGtpType(stack.bytes, at));
  out.text(', length ').number(payloadWireBytes(stack, i));
};

/**
 * Prints version and kind of L2TP over UDP, for version 2 with tunnel and session (RFC 2661 §3.1, RFC 3931 §4.1), or
 * the length of L2TPv3 over IP.
 */
export const l2tpPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  if (kindAt(stack, i - 1) !== LAYER.udp) {
    out.text('L2TPv3, length ').number(payloadWireBytes(stack, i));
    return;
  }
  out
    .text('L2TPv')
    .number(readL2tpVersion(bytes, at))
    .text(isL2tpControl(bytes, at) ? ' control' : ' data');
  if (readL2tpVersion(bytes, at) === 2) {
    out.text(', tunnel ').number(readTunnelId(bytes, at)).text(', session ').number(readSessionId(bytes, at));
  }
  out.text(', length ').number(payloadWireBytes(stack, i));
};

/**
 * Creates the part of a tunnel for which only its name is printed, and the length with its header if no known layer
 * follows.
 */
export const titlePart =
  (title: string): LinePart =>
  (out, stack, i) => {
    out.text(title);
    if (isLast(stack, i)) out.text(', length ').number(payloadWireBytes(stack, i) + (stack.headerBytes[i] ?? 0));
  };
