/**
 * Evaluates a display filter on a packet.
 *
 * @module
 */
import { IPV4_SOURCE, IPV6_SOURCE } from '../../wire/ip.ts';
import { isIp, LAYER } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, offsetAt } from '../dissect/layer-stack.ts';
import { tunnelAt } from '../dissect/tunnel-kind.ts';
import { readGeneveVni } from '../layers/encapsulation/geneve.ts';
import { isNvgre, readGreKey, readGreVersion, readPptpCallId } from '../layers/encapsulation/gre.ts';
import { readTeid } from '../layers/encapsulation/gtp.ts';
import { readL2tpVersion, readSessionId } from '../layers/encapsulation/l2tp.ts';
import { readVni } from '../layers/encapsulation/vxlan.ts';
import { readAhSpi, readEspSpi } from '../layers/encrypted/ipsec.ts';
import { isOpenvpnData, openvpnSessionIdAt, readOpcode } from '../layers/encrypted/openvpn.ts';
import { readMessageType, readReceiverIndex, readSenderIndex, WIREGUARD_TYPE } from '../layers/encrypted/wireguard.ts';
import { readVlanId } from '../layers/link/ethernet.ts';
import { LABEL_BYTES, readLabel } from '../layers/link/mpls.ts';
import { readPppoeSession } from '../layers/link/ppp.ts';
import { readDestinationPort, readSourcePort } from '../layers/transport/udp.ts';
import type { Condition, NumberField, PacketEnd } from './parse-filter.ts';

/**
 * Whether a packet matches a filter. A condition on a layer is met if any layer of the packet meets it, layers inside
 * tunnels and quoted ones included. Never throws.
 *
 * @param frame - frame number of the packet
 */
export function matches(condition: Condition, frame: number, stack: LayerStack): boolean {
  switch (condition.tag) {
    case 'and':
      return matches(condition.left, frame, stack) && matches(condition.right, frame, stack);
    case 'or':
      return matches(condition.left, frame, stack) || matches(condition.right, frame, stack);
    case 'not':
      return !matches(condition.of, frame, stack);
    case 'frame':
      return frame >= condition.first && frame <= condition.last;
    case 'error':
      return stack.error !== null;
    default:
      for (let i = 0; i < stack.count; i++) if (layerMatches(condition, stack, i)) return true;
      return false;
  }
}

type LayerCondition = Exclude<Condition, { readonly tag: 'and' | 'or' | 'not' | 'frame' | 'error' }>;

function layerMatches(condition: LayerCondition, stack: LayerStack, i: number): boolean {
  switch (condition.tag) {
    case 'net':
      return isInNet(stack, i, condition.end, condition.address, condition.prefixBits);
    case 'port':
      return hasPort(stack, i, condition.end, condition.port);
    case 'tunnel': {
      const kind = tunnelAt(stack, i);
      return kind !== null && (condition.kind === null || condition.kind === kind);
    }
    case 'peer':
      return isPeer(stack, i, condition.address, condition.port);
    case 'session':
      return hasSession(stack, i, condition.value);
    case 'openvpn-session':
      return hasOpenvpnSession(stack, i, condition.id);
    case 'number':
      return hasNumber(stack, i, condition.field, condition.value);
    case 'layer':
      return kindAt(stack, i) === condition.kind;
    default:
      condition satisfies never;
      return false;
  }
}

function isInNet(stack: LayerStack, i: number, end: PacketEnd, address: Uint8Array, prefixBits: number): boolean {
  const kind = kindAt(stack, i);
  if (!isIp(kind) || (kind === LAYER.ipv4 ? 4 : 16) !== address.length) return false;
  const source = offsetAt(stack, i) + (kind === LAYER.ipv4 ? IPV4_SOURCE : IPV6_SOURCE);
  if (end !== 'destination' && hasPrefix(stack.bytes, source, address, prefixBits)) return true;
  return end !== 'source' && hasPrefix(stack.bytes, source + address.length, address, prefixBits);
}

function hasPrefix(bytes: Uint8Array, at: number, address: Uint8Array, prefixBits: number): boolean {
  for (let i = 0; i * 8 < prefixBits; i++) {
    const bits = Math.min(prefixBits - i * 8, 8);
    if (((bytes[at + i] ?? 0) ^ (address[i] ?? 0)) >>> (8 - bits) !== 0) return false;
  }
  return true;
}

function hasPort(stack: LayerStack, i: number, end: PacketEnd, port: number): boolean {
  const kind = kindAt(stack, i);
  if (kind !== LAYER.udp && kind !== LAYER.tcp) return false;
  const at = offsetAt(stack, i);
  if (end !== 'destination' && readSourcePort(stack.bytes, at) === port) return true;
  return end !== 'source' && readDestinationPort(stack.bytes, at) === port;
}

/** Whether one end of a tunnel's outer packet has this address, and this port if one is given. */
function isPeer(stack: LayerStack, i: number, address: Uint8Array, port: number | null): boolean {
  if (tunnelAt(stack, i) === null) return false;
  const ip = ipBefore(stack, i);
  if (ip < 0) return false;
  const isSource = isInNet(stack, ip, 'source', address, address.length * 8);
  const isDestination = isInNet(stack, ip, 'destination', address, address.length * 8);
  if (port === null) return isSource || isDestination;
  return (
    (isSource && hasPort(stack, ip + 1, 'source', port)) ||
    (isDestination && hasPort(stack, ip + 1, 'destination', port))
  );
}

function hasSession(stack: LayerStack, i: number, value: number): boolean {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  switch (kindAt(stack, i)) {
    case LAYER.wireguard:
    case LAYER.warp: {
      const type = readMessageType(bytes, at);
      if (type !== WIREGUARD_TYPE.initiation && readReceiverIndex(bytes, at) === value) return true;
      return type <= WIREGUARD_TYPE.response && readSenderIndex(bytes, at) === value;
    }
    case LAYER.l2tp:
      return (
        kindAt(stack, i - 1) === LAYER.udp && readL2tpVersion(bytes, at) === 2 && readSessionId(bytes, at) === value
      );
    case LAYER.pppoe:
      return readPppoeSession(bytes, at) === value;
    case LAYER.gre:
      return readGreVersion(bytes, at) === 1 && readPptpCallId(bytes, at) === value;
    default:
      return false;
  }
}

function hasOpenvpnSession(stack: LayerStack, i: number, id: Uint8Array): boolean {
  if (kindAt(stack, i) !== LAYER.openvpn || stack.headerBytes[i] === 0) return false;
  const at = offsetAt(stack, i) + (kindAt(stack, i - 1) === LAYER.tcp ? 2 : 0);
  return !isOpenvpnData(readOpcode(stack.bytes, at)) && hasPrefix(stack.bytes, openvpnSessionIdAt(at), id, 64);
}

function hasNumber(stack: LayerStack, i: number, field: NumberField, value: number): boolean {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const kind = kindAt(stack, i);
  switch (field) {
    case 'vni':
      if (kind === LAYER.vxlan || kind === LAYER.vxlanGpe) return readVni(bytes, at) === value;
      if (kind === LAYER.gre) return isNvgre(bytes, at) && (readGreKey(bytes, at) ?? 0) >>> 8 === value;
      return kind === LAYER.geneve && readGeneveVni(bytes, at) === value;
    case 'teid':
      return kind === LAYER.gtpu && readTeid(bytes, at) === value;
    case 'spi':
      return (
        (kind === LAYER.esp && readEspSpi(bytes, at) === value) || (kind === LAYER.ah && readAhSpi(bytes, at) === value)
      );
    case 'vlan':
      return kind === LAYER.vlan && readVlanId(bytes, at) === value;
    case 'key':
      return kind === LAYER.gre && readGreKey(bytes, at) === value;
    case 'label':
      if (kind !== LAYER.mpls) return false;
      for (let entry = at; entry < at + (stack.headerBytes[i] ?? 0); entry += LABEL_BYTES) {
        if (readLabel(bytes, entry) === value) return true;
      }
      return false;
    default:
      field satisfies never;
      return false;
  }
}
