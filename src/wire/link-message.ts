/**
 * Netlink messages that ask for a network device and describe it.
 *
 * ```text
 * ifinfomsg  family 1 · pad 1 · type 2 · index 4 · flags 4 · change 4; attributes
 * LINKINFO   kind, a word such as `ip6gretap`; data, attributes of that kind
 * ```
 *
 * @see rtnetlink(7); linux/if_link.h
 * @module
 */
import {
  type Attributes,
  decodeAttributes,
  encodeMessage,
  NLM_F,
  numberIn,
  octetsOf,
  textIn,
  viewOf,
} from './netlink.ts';

const IFINFOMSG_BYTES = 16;
/** Type of the kernel's answer to a link request. */
export const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const IFLA = { name: 3, mtu: 4, link: 5, linkInfo: 18, extMask: 29 } as const;
const IFLA_INFO = { kind: 1, data: 2 } as const;
/** RTEXT_FILTER_SKIP_STATS: the answer is to contain no counters. */
const SKIP_STATS = 8;

/** A network device as the kernel describes it. */
export interface KernelLink {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  /** Kind by the word of `ip link add`, such as `vxlan`; empty for hardware devices, which have none. */
  readonly kind: string;
  /** Attributes of the kind (IFLA_INFO_DATA), by their types in linux/if_link.h. */
  readonly data: Attributes;
  /** Index of the lower device (IFLA_LINK); 0 if there is none. */
  readonly lowerIndex: number;
}

/**
 * Encodes a request for one device.
 *
 * @param device - its name or its index
 */
export function encodeLinkRequest(device: string | number, sequence: number): Uint8Array {
  const head = new Uint8Array(IFINFOMSG_BYTES);
  const isName = typeof device === 'string';
  if (!isName) viewOf(head).setInt32(4, device, true);
  const name = isName ? [[IFLA.name, new TextEncoder().encode(`${device}\0`)] as const] : [];
  return encodeMessage({ type: RTM_GETLINK, flags: NLM_F.request, sequence }, head, [
    ...name,
    [IFLA.extMask, octetsOf(SKIP_STATS)],
  ]);
}

/** Decodes the body of an RTM_NEWLINK message; `undefined` if it is too short. */
export function decodeLink(body: Uint8Array): KernelLink | undefined {
  if (body.length < IFINFOMSG_BYTES) return undefined;
  const attributes = decodeAttributes(body, IFINFOMSG_BYTES);
  const info = decodeAttributes(attributes.get(IFLA.linkInfo) ?? new Uint8Array(0));
  return {
    index: viewOf(body).getInt32(4, true),
    name: textIn(attributes.get(IFLA.name)),
    mtu: numberIn(attributes.get(IFLA.mtu)),
    kind: textIn(info.get(IFLA_INFO.kind)),
    data: decodeAttributes(info.get(IFLA_INFO.data) ?? new Uint8Array(0)),
    lowerIndex: numberIn(attributes.get(IFLA.link)),
  };
}
