/**
 * Recognises the messages and junk datagrams of AmneziaWG by the parameters of the given configurations, and by the
 * state of their flows, as for WireGuard.
 *
 * @module
 */

import { Deobfuscator } from '../amnezia/deobfuscate.ts';
import { type AmneziaParameters, isJunkSize, obfuscatedTypeOf, type PeerEndpoint } from '../amnezia/parameters.ts';
import { LAYER, type LayerKind } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, offsetAt } from '../dissect/layer-stack.ts';
import type { Cursor } from '../layers/cursor.ts';
import { ipv4SourceAt } from '../layers/ip/ipv4.ts';
import { ipv6SourceAt } from '../layers/ip/ipv6.ts';
import type { WireguardFlows } from './wireguard-flows.ts';

/** Recognises AmneziaWG messages with any of several sets of parameters. */
export class AmneziaMessages {
  readonly #all: readonly AmneziaParameters[];
  readonly #flows: WireguardFlows;
  readonly #deobfuscator = new Deobfuscator();

  constructor(all: readonly AmneziaParameters[], flows: WireguardFlows) {
    this.#all = all;
    this.#flows = flows;
  }

  /**
   * Whether the datagram at the cursor has the size and the type field of a message. Random datagrams may have them
   * too.
   */
  mayBeMessage(cursor: Cursor): boolean {
    return this.#all.some((parameters) => obfuscatedTypeOf(parameters, cursor) !== 0);
  }

  /**
   * Classifies a datagram for which `mayBeMessage` is true, and removes the obfuscation if it is a message.
   *
   * @param slot - slot of its flow; -1: the flow is not known
   * @param direction - 0 or 1, as in the flow table
   * @returns `LAYER.wireguard`, or `LAYER.none` if it is not a message
   */
  classify(cursor: Cursor, slot: number, direction: number): LayerKind {
    for (const parameters of this.#all) {
      const type = obfuscatedTypeOf(parameters, cursor);
      if (type === 0) continue;
      const message = this.#deobfuscator.headOf(cursor, parameters, type);
      // A quoted packet does not change the state of its flow.
      const kind = cursor.isQuoted
        ? this.#flows.kindOf(slot)
        : this.#flows.classify(message, slot * 2 + direction, type, LAYER.wireguard);
      if (kind === LAYER.wireguard && this.#deobfuscator.deobfuscate(cursor, parameters, type)) return kind;
    }
    return LAYER.none;
  }

  /**
   * Whether a datagram that is not a message is junk: it belongs to a flow of messages, or goes to the endpoint of a
   * peer.
   *
   * @param slot - slot of its flow; -1: the flow is not known
   */
  isJunk(cursor: Cursor, slot: number): boolean {
    if (cursor.isQuoted) return false;
    const isFlow = this.#flows.kindOf(slot) === LAYER.wireguard;
    return this.#all.some(
      (parameters) =>
        isJunkSize(parameters, cursor.wire) &&
        (isFlow || parameters.endpoints.some((endpoint) => isDestination(cursor, endpoint))),
    );
  }
}

function isDestination({ stack, bytes, ports }: Cursor, { address, port }: PeerEndpoint): boolean {
  const ip = ipBefore(stack, stack.count);
  if (ip < 0 || (ports & 0xffff) !== port) return false;
  const isV4 = kindAt(stack, ip) === LAYER.ipv4;
  if (address.length !== (isV4 ? 4 : 16)) return false;
  const source = isV4 ? ipv4SourceAt(offsetAt(stack, ip)) : ipv6SourceAt(offsetAt(stack, ip));
  return address.every((octet, i) => octet === bytes[source + address.length + i]);
}
