/**
 * Copies a borrowed packet into objects that the caller may keep.
 *
 * @module
 */
import { formatIp } from '../../core/address.ts';
import { formatKey } from '../../tunnel/keys.ts';
import { LAYER, type LayerKind } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt, wireBytesAt } from '../dissect/layer-stack.ts';
import { byKind, layerName } from '../dissect/layer-table.ts';
import { tunnelAt } from '../dissect/tunnel-kind.ts';
import type { DecodedHandshake, DecodedLayer, DecodedMessage, DecodedPacket } from '../documents/decoded-packet.ts';
import { DECRYPT_RESULT, DECRYPT_RESULT_TEXT, type DecryptResult } from '../keys/batches/message-decrypter.ts';
import type { DecryptedPacket } from '../keys/decrypter.ts';
import type { HandshakeFacts } from '../keys/handshake-decrypter.ts';
import { ipv4DestinationAt, ipv4SourceAt } from '../layers/ip/ipv4.ts';
import { ipv6DestinationAt, ipv6SourceAt } from '../layers/ip/ipv6.ts';
import { NO_FIELD } from '../layers/layer.ts';
import { readDestinationPort, readSourcePort } from '../layers/transport/udp.ts';
import type { CaptureRecord } from '../record.ts';

const TUNNEL_ID = byKind(({ tunnel }) => tunnel?.id ?? null);
/** Source and destination port, at the same offsets in TCP and UDP. */
const PORT_BYTES = 4;
/** Offsets of the addresses in an IP header, and their length. */
const ADDRESSES: Readonly<
  Record<number, { readonly source: number; readonly destination: number; readonly bytes: number }>
> = {
  [LAYER.ipv4]: { source: ipv4SourceAt(0), destination: ipv4DestinationAt(0), bytes: 4 },
  [LAYER.ipv6]: { source: ipv6SourceAt(0), destination: ipv6DestinationAt(0), bytes: 16 },
};

/** A packet as the library returns it. Inner packets are added before it is returned. */
export interface PacketCopy extends DecodedPacket {
  readonly inner: DecodedPacket[];
}

/** Copies a packet, including its octets. @param decrypted - its decrypted messages; `null` without keys */
export function copyPacket(record: CaptureRecord, stack: LayerStack, decrypted: DecryptedPacket | null): PacketCopy {
  const { frame, seconds, nanoseconds, capturedBytes, originalBytes, interfaceId, direction, linkType } = record;
  const messages = decrypted === null ? [] : messagesOf(decrypted);
  return {
    frame,
    time: seconds === null ? null : { seconds, nanoseconds },
    captured_bytes: capturedBytes,
    original_bytes: originalBytes,
    interface_id: interfaceId,
    direction,
    link_type: linkType,
    fragment: stack.fragment,
    layers: layersOf(stack),
    error: stack.error === null ? null : { reason: stack.error, layer: layerName(stack.errorKind) },
    handshake: decrypted?.handshake ? handshakeOf(decrypted.handshake) : null,
    messages,
    inner: [],
  };
}

function layersOf(stack: LayerStack): readonly DecodedLayer[] {
  if (stack.count === 0) return [];
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (let i = 0; i < stack.count; i++) {
    const at = offsetAt(stack, i);
    from = Math.min(from, at);
    to = Math.max(to, at + (stack.capturedBytes[i] ?? 0));
  }
  // One copy for all layers. Other threads have no access to it, unlike to `stack.bytes`.
  const bytes = new Uint8Array(to - from);
  bytes.set(stack.bytes.subarray(from, to));
  return Array.from({ length: stack.count }, (_, i) => layerOf(stack, i, bytes, from));
}

function layerOf(stack: LayerStack, index: number, all: Uint8Array, from: number): DecodedLayer {
  const kind = kindAt(stack, index) as LayerKind;
  const at = offsetAt(stack, index) - from;
  const bytes = all.subarray(at, at + (stack.capturedBytes[index] ?? 0));
  const ip = ADDRESSES[kind];
  const hasPorts = (kind === LAYER.udp || kind === LAYER.tcp) && bytes.length >= PORT_BYTES;
  const tunnel = tunnelAt(stack, index);
  const id = tunnel === null ? NO_FIELD : (TUNNEL_ID[kind]?.(stack, index) ?? NO_FIELD);
  return {
    name: layerName(kind),
    bytes,
    header_bytes: stack.headerBytes[index] ?? 0,
    wire_bytes: wireBytesAt(stack, index),
    source: ip ? addressAt(bytes, ip.source, ip.bytes) : null,
    destination: ip ? addressAt(bytes, ip.destination, ip.bytes) : null,
    source_port: hasPorts ? readSourcePort(bytes, 0) : null,
    destination_port: hasPorts ? readDestinationPort(bytes, 0) : null,
    tunnel,
    tunnel_id: id === NO_FIELD ? null : id,
    is_quoted: stack.quotedFrom >= 0 && index >= stack.quotedFrom,
  };
}

function addressAt(bytes: Uint8Array, at: number, length: number): string | null {
  return at + length <= bytes.length ? formatIp(bytes.subarray(at, at + length)) : null;
}

function messagesOf({ results, count }: DecryptedPacket): readonly DecodedMessage[] {
  return Array.from({ length: count }, (_, i) => outcomeOf((results[i] ?? DECRYPT_RESULT.cut) as DecryptResult));
}

function outcomeOf(result: DecryptResult): DecodedMessage {
  const is_decrypted = result === DECRYPT_RESULT.decrypted;
  return { is_decrypted, reason: is_decrypted ? null : DECRYPT_RESULT_TEXT[result] };
}

function handshakeOf({ result, initiator, responder }: HandshakeFacts): DecodedHandshake {
  return {
    ...outcomeOf(result),
    initiator_key: initiator === null ? null : formatKey(initiator.publicKey),
    responder_key: responder === null ? null : formatKey(responder.publicKey),
  };
}
