/**
 * The id and the sequence number that a tunnel's header has in clear.
 *
 * @module
 */
import { readU32be } from '../../core/bytes.ts';
import { LAYER } from '../layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../layer-stack.ts';
import { readGeneveVni } from '../layers/geneve.ts';
import { readErspanSession, readGreKey, readGreSequence, readGreVersion, readPptpCallId } from '../layers/gre.ts';
import { G_PDU, readGtpSequence, readGtpType, readTeid } from '../layers/gtp.ts';
import { readAhSequence, readAhSpi, readEspSequence, readEspSpi } from '../layers/ipsec.ts';
import { readL2tpVersion, readSessionId, readTunnelId } from '../layers/l2tp.ts';
import { readLabel } from '../layers/mpls.ts';
import { OPENVPN_OPCODE, readOpcode, readPacketId, readPeerId } from '../layers/openvpn.ts';
import { readPppoeSession } from '../layers/ppp.ts';
import { readVni } from '../layers/vxlan.ts';
import type { TunnelKind } from '../tunnel-kind.ts';

/** No id, or no number. */
export const NONE = -1;

/** The id of the tunnel at a layer, 0 to 2^32 - 1; `NONE` if it has none. */
export function readTunnelFlowId(stack: LayerStack, index: number): number {
  const { bytes } = stack;
  const at = offsetAt(stack, index);
  switch (kindAt(stack, index)) {
    case LAYER.vxlan:
    case LAYER.vxlanGpe:
      return readVni(bytes, at);
    case LAYER.geneve:
      return readGeneveVni(bytes, at);
    case LAYER.gre:
      return readGreVersion(bytes, at) === 1 ? readPptpCallId(bytes, at) : (readGreKey(bytes, at) ?? NONE);
    case LAYER.erspan:
      return (stack.headerBytes[index] ?? 0) > 0 ? readErspanSession(bytes, at) : NONE;
    case LAYER.esp:
      return readEspSpi(bytes, at);
    case LAYER.ah:
      return readAhSpi(bytes, at);
    case LAYER.openvpn:
      return isDataV2(stack, index) ? readPeerId(bytes, at) : NONE;
    case LAYER.gtpu:
      return readTeid(bytes, at);
    case LAYER.l2tp:
      return l2tpId(stack, index);
    case LAYER.pppoe:
      return readPppoeSession(bytes, at);
    case LAYER.mpls:
      return readLabel(bytes, at);
    default:
      return NONE;
  }
}

/** The sequence number of the tunnel at a layer; `NONE` if it has none. */
export function readTunnelSequence(stack: LayerStack, index: number): number {
  const { bytes } = stack;
  const at = offsetAt(stack, index);
  switch (kindAt(stack, index)) {
    case LAYER.esp:
      return readEspSequence(bytes, at);
    case LAYER.ah:
      return readAhSequence(bytes, at);
    case LAYER.gre:
      return readGreSequence(bytes, at) ?? NONE;
    case LAYER.erspan:
      return kindAt(stack, index - 1) === LAYER.gre
        ? (readGreSequence(bytes, offsetAt(stack, index - 1)) ?? NONE)
        : NONE;
    case LAYER.gtpu:
      // The number of version 0 stands elsewhere, and signalling has numbers of its own.
      return (bytes[at] ?? 0) >>> 5 === 1 && readGtpType(bytes, at) === G_PDU
        ? (readGtpSequence(bytes, at) ?? NONE)
        : NONE;
    case LAYER.openvpn:
      return isDataV2(stack, index) && (stack.capturedBytes[index] ?? 0) >= 8 ? readPacketId(bytes, at) : NONE;
    default:
      return NONE;
  }
}

/** Octets of a sequence number of the tunnel. */
export function sequenceBits(kind: TunnelKind): 16 | 32 {
  return kind === 'gtpu' ? 16 : 32;
}

/** An id as its protocol names it. */
export function tunnelIdText(kind: TunnelKind, id: number): string | null {
  if (id < 0) return null;
  switch (kind) {
    case 'vxlan':
    case 'vxlan-gpe':
    case 'geneve':
      return `vni ${id}`;
    case 'nvgre':
      return `vsid ${id >>> 8}`;
    case 'gre':
    case 'gretap':
      return `key ${id}`;
    case 'pptp':
      return `call ${id}`;
    case 'esp':
    case 'esp-in-udp':
    case 'ah':
      return `spi ${hex(id)}`;
    case 'gtpu':
      return `teid ${hex(id)}`;
    case 'openvpn':
      return `peer ${id}`;
    case 'mpls':
    case 'mpls-in-udp':
    case 'mpls-in-gre':
      return `label ${id}`;
    default:
      return `session ${id}`;
  }
}

/** Over UDP: over TCP nothing is lost, and a segment may have several messages. */
function isDataV2(stack: LayerStack, index: number): boolean {
  const isUdp = kindAt(stack, index - 1) === LAYER.udp;
  return isUdp && readOpcode(stack.bytes, offsetAt(stack, index)) === OPENVPN_OPCODE.dataV2;
}

function l2tpId(stack: LayerStack, index: number): number {
  const { bytes } = stack;
  const at = offsetAt(stack, index);
  if (kindAt(stack, index - 1) !== LAYER.udp) return readU32be(bytes, at);
  if (readL2tpVersion(bytes, at) === 3) return readU32be(bytes, at + 4);
  return readTunnelId(bytes, at) * 0x1_0000 + readSessionId(bytes, at);
}

function hex(id: number): string {
  return `0x${id.toString(16).padStart(8, '0')}`;
}
