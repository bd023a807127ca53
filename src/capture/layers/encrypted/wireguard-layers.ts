/**
 * The layers of WireGuard, AmneziaWG and Cloudflare WARP. A datagram with several messages is one layer.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { segmentBytesOf } from '../../dissect/segments.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, onPorts, type TunnelFacts, withIpv4 } from '../layer.ts';
import { DATA_MESSAGE_HEADER_BYTES, readMessageType, WIREGUARD_TYPE } from './wireguard.ts';

function dissectJunk(cursor: Cursor): LayerKind {
  cursor.push(cursor.captured);
  return LAYER.none;
}

function dissectMessage(cursor: Cursor): LayerKind {
  const { bytes, at, stack, captured, wire } = cursor;
  const isData = readMessageType(bytes, at) === WIREGUARD_TYPE.data;
  const headerBytes = isData ? DATA_MESSAGE_HEADER_BYTES : captured;
  if (!cursor.need(headerBytes)) return LAYER.none;
  stack.segmentBytes = isData ? segmentBytesOf(bytes, at, captured, wire) : wire;
  cursor.push(headerBytes);
  return LAYER.none;
}

/** Overhead: IP 20, UDP 8, header 16, tag 16, padding up to 15 (whitepaper §5.4.6). */
const WIREGUARD: TunnelFacts = { headerBytes: withIpv4(60, 75), idText: null, hasFlows: false };
/** The same, with the random prefix of the configuration before a message. */
const AMNEZIAWG: TunnelFacts = { ...WIREGUARD, headerBytes: withIpv4(60, null) };

/** WireGuard messages, and AmneziaWG messages after their obfuscation was removed. */
export const wireguard: Layer<'wireguard' | 'amneziawg'> = {
  name: 'wireguard',
  group: 'encrypted',
  dissect: dissectMessage,
  carriers: { udp: onPorts(null, 51_820) },
  tunnel: {
    kindAt: ({ obfuscatedType }) => (obfuscatedType < 0 ? 'wireguard' : 'amneziawg'),
    kinds: { wireguard: WIREGUARD, amneziawg: AMNEZIAWG },
    id: null,
    sequence: null,
  },
  title: null,
};

/** Cloudflare WARP: WireGuard with a client id in the reserved octets. */
export const warp: Layer<'warp'> = {
  name: 'warp',
  group: 'encrypted',
  dissect: dissectMessage,
  carriers: { udp: onPorts(null, 2408) },
  tunnel: { kindAt: 'warp', kinds: { warp: WIREGUARD }, id: null, sequence: null },
  title: null,
};

/** Junk datagrams that AmneziaWG sends before a handshake. */
export const amneziaJunk: Layer<'amneziawg', string> = {
  name: 'amneziawg-junk',
  group: 'message',
  dissect: dissectJunk,
  carriers: {},
  tunnel: { kindAt: 'amneziawg', kinds: { amneziawg: AMNEZIAWG }, id: null, sequence: null },
  title: 'AmneziaWG junk',
};
