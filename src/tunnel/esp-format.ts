/**
 * Finds the IPsec encapsulation of a packet in the policies and states of the kernel.
 *
 * @see ip-xfrm(8); RFC 4303
 * @module
 */
import type { Encapsulation } from '../core/shapes/path.ts';
import type { Prefix } from '../core/shapes/tunnel-config.ts';
import { UDP_HEADER_BYTES } from '../wire/ip.ts';
import { type EspPolicy, type EspState, XFRM_MODE } from '../wire/xfrm-message.ts';
import { baseIpHeaderBytes } from './fragments.ts';
import { containsPrefix } from './prefix.ts';

/** ESP header: SPI and sequence number. */
const ESP_HEADER_BYTES = 8;

/** Addresses of the packets whose encapsulation is wanted. */
export interface EspFlow {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  /** Interface ID of the xfrm device that the route uses; 0 if there is none. */
  readonly ifId: number;
}

/** The ESP encapsulation of packets of a flow; `null` if there is none, or if its state is not known. */
export function espEncapsulation(
  flow: EspFlow,
  policies: readonly EspPolicy[],
  states: readonly EspState[],
  device: { readonly name: string; readonly mtu: number } | null,
): Encapsulation | null {
  // The kernel applies the policy with the smallest priority number.
  const [policy] = policies.filter((one) => covers(one, flow)).sort((a, b) => a.priority - b.priority);
  const template = policy?.template ?? null;
  if (template === null) return null;
  const isTransport = template.mode === XFRM_MODE.transport;
  const to = isTransport ? flow.to : template.to;
  const state = states.find(
    (one) =>
      one.ifId === flow.ifId &&
      one.mode === template.mode &&
      (template.reqid === 0 || one.reqid === template.reqid) &&
      containsPrefix(hostOf(one.to), hostOf(to)),
  );
  if (state === undefined) return null;
  const ip = isTransport ? 0 : baseIpHeaderBytes(state.family);
  const sizes = ESP_HEADER_BYTES + state.ivBytes + state.icvBytes + (state.inUdp ? UDP_HEADER_BYTES : 0);
  return {
    kind: 'esp',
    device: device?.name ?? null,
    outer_family: isTransport ? null : state.family,
    added_bytes: ip + sizes,
    block_bytes: state.blockBytes,
    mtu_bytes: device?.mtu ?? null,
  };
}

function covers({ from, fromPrefix, to, toPrefix, ifId }: EspPolicy, flow: EspFlow): boolean {
  return ifId === flow.ifId && isWithin(flow.from, from, fromPrefix) && isWithin(flow.to, to, toPrefix);
}

function isWithin(address: Uint8Array, network: Uint8Array, bits: number): boolean {
  // A selector for all addresses has no family.
  return bits === 0 || containsPrefix({ octets: network, bits }, hostOf(address));
}

function hostOf(octets: Uint8Array): Prefix {
  return { octets, bits: octets.length * 8 };
}
