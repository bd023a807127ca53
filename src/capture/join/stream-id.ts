/**
 * Streams as text: receiver indices, SPIs, TEIDs, keys.
 *
 * @module
 */

import { isWireguard, LAYER } from '../dissect/layer-kind.ts';
import type { JoinTunnel } from '../documents/capture-join.ts';
import type { KeyTable } from '../key-table.ts';
import { OPENVPN_OPCODE } from '../layers/encrypted/openvpn.ts';
import { HANDSHAKE, STREAM } from './message-id.ts';

/** The tunnel protocol of a layer kind for which `hasMessageIds` is true. */
export function tunnelOfKind(kind: number): JoinTunnel {
  switch (kind) {
    case LAYER.wireguard:
      return 'wireguard';
    case LAYER.warp:
      return 'warp';
    case LAYER.esp:
      return 'esp';
    case LAYER.gre:
      return 'gre';
    case LAYER.gtpu:
      return 'gtpu';
    default:
      return 'openvpn';
  }
}

/** The id of a stream, in the notation that tools of its protocol use. @param stream - its number in `streams` */
export function streamIdText(streams: KeyTable, stream: number): string {
  const id = streams.word(stream, STREAM.id) >>> 0;
  const variant = streams.word(stream, STREAM.variant);
  switch (streams.word(stream, STREAM.kind)) {
    case LAYER.gre:
      return variant === 0 ? 'no key' : variant === 2 ? `call ${id}` : `key ${id}`;
    case LAYER.openvpn:
      return openvpnText(id);
    case LAYER.wireguard:
    case LAYER.warp:
      return variant === HANDSHAKE ? 'handshake' : hex(id);
    default:
      return hex(id);
  }
}

/** Whether the numbers of a stream are consecutive, so that a gap means missing messages. */
export function isCounted(streams: KeyTable, stream: number): boolean {
  switch (streams.word(stream, STREAM.kind)) {
    case LAYER.wireguard:
    case LAYER.warp:
      return streams.word(stream, STREAM.variant) !== HANDSHAKE;
    case LAYER.esp:
    case LAYER.gre:
      return true;
    default:
      return false;
  }
}

/** Whether the counter has 64 bits, so that `MessageId.high` is its upper half. */
export function hasWideCounter(streams: KeyTable, stream: number): boolean {
  return isWireguard(streams.word(stream, STREAM.kind));
}

function openvpnText(word: number): string {
  const keyId = (word >>> 24) & 7;
  return word >>> 27 === OPENVPN_OPCODE.dataV2 ? `peer ${word & 0xff_ffff}, key ${keyId}` : `key ${keyId}`;
}

function hex(id: number): string {
  return `0x${id.toString(16).padStart(8, '0')}`;
}
