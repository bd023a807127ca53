/**
 * Whether a capture has the later fragments of datagrams, by the addresses between which they go.
 *
 * Only the first fragment has ports, so a filter by port (`udp port 51820`) keeps that and hides the others; some
 * firewalls and NATs drop them. Then the first is all that there is of a message, and says which one it is.
 *
 * @module
 */
import { PROTOCOL_UDP } from '../../wire/ip.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, offsetAt } from '../dissect/layer-stack.ts';
import { ipv4SourceAt, isIpv4Fragment, readProtocol } from '../layers/ip/ipv4.ts';
import { ipv6SourceAt } from '../layers/ip/ipv6.ts';

/** What is beyond is taken for whole: it waits for its pieces. */
const MAX_PAIRS = 4096;

/** `null`: nothing is known yet. */
export type PairState = 'has-later' | 'first-only' | null;

export class FragmentPairs {
  readonly #states = new Map<string, Exclude<PairState, null>>();

  stateOf(key: string): PairState {
    return this.#states.get(key) ?? (this.#states.size >= MAX_PAIRS ? 'has-later' : null);
  }

  /** Takes note of a packet that is a fragment. */
  note(stack: LayerStack): void {
    if (stack.fragment !== 'later') return;
    const key = pairKeyOf(stack);
    if (key !== null && (this.#states.has(key) || this.#states.size < MAX_PAIRS)) this.#states.set(key, 'has-later');
  }

  /** Says that nothing but first fragments comes. One that comes all the same is believed. */
  giveUp(key: string): void {
    if (this.stateOf(key) === null) this.#states.set(key, 'first-only');
  }
}

/** From where to where a fragment of UDP goes, and how deep in tunnels; `null` if the packet is none. */
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

/** The innermost layer that says that it is a fragment: IPv4, or the fragment header of IPv6; -1 if none does. */
export function fragmentLayer(stack: LayerStack): number {
  for (let i = stack.count - 1; i >= 0; i--) {
    const kind = kindAt(stack, i);
    if (kind === LAYER.fragment) return i;
    if (kind === LAYER.ipv4) return isIpv4Fragment(stack.bytes, offsetAt(stack, i)) ? i : -1;
  }
  return -1;
}
