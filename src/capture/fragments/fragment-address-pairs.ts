/**
 * Finds out, for each pair of addresses, whether a capture has the later fragments of UDP datagrams.
 *
 * Only the first fragment has ports. A capture filter by port (`udp port 51820`) captures it and hides the later ones,
 * and some firewalls and NATs drop the later ones. Then the first fragment is all that the capture has of a message.
 *
 * @module
 */
import { PROTOCOL_UDP } from '../../wire/ip.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, offsetAt } from '../dissect/layer-stack.ts';
import { ipv4SourceAt, isIpv4Fragment, readProtocol } from '../layers/ip/ipv4.ts';
import { ipv6SourceAt } from '../layers/ip/ipv6.ts';

/** Bound of address pairs. For pairs beyond it, later fragments are assumed to be in the capture. */
const MAX_PAIRS = 4096;

/** Which fragments the capture has between two addresses; `null`: not known yet. */
export type PairState = 'has-later' | 'first-only' | null;

/** Remembers which address pairs have later fragments. */
export class FragmentAddressPairs {
  readonly #states = new Map<string, Exclude<PairState, null>>();

  /** State of an address pair. @param key - from `pairKeyOf` */
  stateOf(key: string): PairState {
    return this.#states.get(key) ?? (this.#states.size >= MAX_PAIRS ? 'has-later' : null);
  }

  /** Records the address pair of a packet that is a later fragment. */
  note(stack: LayerStack): void {
    if (stack.fragment !== 'later') return;
    const key = pairKeyOf(stack);
    if (key !== null && (this.#states.has(key) || this.#states.size < MAX_PAIRS)) this.#states.set(key, 'has-later');
  }

  /**
   * Assumes that an unknown pair has first fragments only. A later fragment that is captured after that is still
   * recorded.
   */
  assumeFirstOnly(key: string): void {
    if (this.stateOf(key) === null) this.#states.set(key, 'first-only');
  }
}

/**
 * Key of an address pair: source, destination, and the depth of the layer (tunnels). Returns `null` if the packet is
 * not a fragment of UDP.
 */
export function pairKeyOf(stack: LayerStack): string | null {
  const layer = fragmentLayer(stack);
  if (layer < 0) return null;
  const { bytes } = stack;
  const at = offsetAt(stack, layer);
  if (kindAt(stack, layer) === LAYER.ipv4) {
    if (readProtocol(bytes, at) !== PROTOCOL_UDP) return null;
    const source = ipv4SourceAt(at);
    return `${layer} ${bytes.subarray(source, source + 8).join('.')}`;
  }
  if (bytes[at] !== PROTOCOL_UDP) return null;
  const source = ipv6SourceAt(offsetAt(stack, ipBefore(stack, layer)));
  return `${layer} ${bytes.subarray(source, source + 32).join('.')}`;
}

/** The innermost layer of a fragment: IPv4, or the fragment header of IPv6; -1 if the packet is not a fragment. */
export function fragmentLayer(stack: LayerStack): number {
  for (let i = stack.count - 1; i >= 0; i--) {
    const kind = kindAt(stack, i);
    if (kind === LAYER.fragment) return i;
    if (kind === LAYER.ipv4) return isIpv4Fragment(stack.bytes, offsetAt(stack, i)) ? i : -1;
  }
  return -1;
}
