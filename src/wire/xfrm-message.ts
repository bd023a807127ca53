/**
 * Netlink messages about IPsec in the kernel: which packets are protected (policies), and how (states).
 *
 * ```text
 * selector 56  destination 16 · source 16 · ports and masks 8 · family 2 · prefix lengths 2 · protocol 1 · pad 3 ·
 *              device 4 · user 4
 * policy 168   selector 56 · lifetimes 96 · priority 4 · index 4 · direction 1 · action 1 · …; attributes
 * template 64  destination 16 · SPI 4 · protocol 1 · pad 3 · family 2 · pad 2 · source 16 · reqid 4 · mode 1 · …
 * state 224    selector 56 · destination 16 · SPI 4 · protocol 1 · pad 3 · source 16 · lifetimes 96 · counts 12 ·
 *              sequence 4 · reqid 4 · family 2 · mode 1 · …; attributes
 * ```
 *
 * @see linux/xfrm.h
 * @module
 */
import { type Attributes, decodeAttributes, encodeMessage, NLM_F, numberIn, textIn, viewOf } from './netlink.ts';

/** Message types of XFRM. */
export const XFRM_MSG = { newSa: 0x10, getSa: 0x12, newPolicy: 0x13, getPolicy: 0x15 } as const;
/** Modes of a template or state. */
export const XFRM_MODE = { transport: 0, tunnel: 1 } as const;
const SELECTOR_BYTES = 56;
const POLICY_BYTES = 168;
const STATE_BYTES = 224;
const TEMPLATE_BYTES = 64;
const DIRECTION_OUT = 1;
const ACTION_ALLOW = 0;
const AF_INET = 2;
const IPPROTO_ESP = 50;
const XFRMA = { crypt: 2, encap: 4, templates: 5, aead: 18, authTruncated: 20, ifId: 31 } as const;
/** An algorithm attribute begins with its name in this many octets; lengths in bits follow. */
const NAME_BYTES = 64;

/** Which state a policy requires. */
export interface EspTemplate {
  /** Destination of the outer packet; zeros in transport mode. */
  readonly to: Uint8Array;
  /** Number that links the template to its states. */
  readonly reqid: number;
  readonly mode: number;
}

/** A policy for outgoing packets, with one ESP template. */
export interface EspPolicy {
  readonly from: Uint8Array;
  readonly fromPrefix: number;
  readonly to: Uint8Array;
  readonly toPrefix: number;
  /** Interface ID of the xfrm device that the policy is for; 0 for packets on other devices. */
  readonly ifId: number;
  readonly priority: number;
  /** `null`: the policy lets packets pass without IPsec. */
  readonly template: EspTemplate | null;
}

/** A state (security association) with ESP, and the sizes of its algorithms. */
export interface EspState {
  readonly to: Uint8Array;
  readonly family: 4 | 6;
  readonly reqid: number;
  readonly mode: number;
  readonly ifId: number;
  /** Whether ESP is encapsulated in UDP (RFC 3948). */
  readonly inUdp: boolean;
  readonly ivBytes: number;
  readonly icvBytes: number;
  /** Packet and trailer are padded to a multiple of this. */
  readonly blockBytes: number;
}

/** Encodes a request for all states or all policies. */
export function encodeXfrmDump(type: 'getSa' | 'getPolicy', sequence: number): Uint8Array {
  // The kernel takes a dump without its own struct.
  return encodeMessage({ type: XFRM_MSG[type], flags: NLM_F.request | NLM_F.dump, sequence }, new Uint8Array(0));
}

/**
 * Decodes a policy. `undefined` if it is not for outgoing packets, if it is for one protocol only, or if it requires
 * more than one ESP template.
 */
export function decodePolicy(body: Uint8Array): EspPolicy | undefined {
  if (body.length < POLICY_BYTES || body[160] !== DIRECTION_OUT || body[44] !== 0) return undefined;
  const view = viewOf(body);
  const attributes = decodeAttributes(body, POLICY_BYTES);
  const templates = attributes.get(XFRMA.templates) ?? new Uint8Array(0);
  const isPlain = body[161] === ACTION_ALLOW && templates.length < TEMPLATE_BYTES;
  const template = isPlain ? null : decodeTemplate(templates);
  if (template === undefined) return undefined;
  const octets = view.getUint16(40, true) === AF_INET ? 4 : 16;
  return {
    to: body.slice(0, octets),
    from: body.slice(16, 16 + octets),
    toPrefix: view.getUint8(42),
    fromPrefix: view.getUint8(43),
    ifId: numberIn(attributes.get(XFRMA.ifId)),
    priority: view.getUint32(152, true),
    template,
  };
}

function decodeTemplate(bytes: Uint8Array): EspTemplate | undefined {
  if (bytes.length !== TEMPLATE_BYTES || bytes[20] !== IPPROTO_ESP) return undefined;
  const view = viewOf(bytes);
  const octets = view.getUint16(24, true) === AF_INET ? 4 : 16;
  return { to: bytes.slice(0, octets), reqid: view.getUint32(44, true), mode: view.getUint8(48) };
}

/** Decodes a state; `undefined` if it is not ESP, or if the sizes of its algorithms are not known. */
export function decodeState(body: Uint8Array): EspState | undefined {
  if (body.length < STATE_BYTES || body[SELECTOR_BYTES + 20] !== IPPROTO_ESP) return undefined;
  const view = viewOf(body);
  const attributes = decodeAttributes(body, STATE_BYTES);
  const sizes = sizesOf(attributes);
  if (sizes === undefined) return undefined;
  const family = view.getUint16(212, true) === AF_INET ? 4 : 6;
  return {
    to: body.slice(SELECTOR_BYTES, SELECTOR_BYTES + (family === 4 ? 4 : 16)),
    family,
    reqid: view.getUint32(208, true),
    mode: view.getUint8(214),
    ifId: numberIn(attributes.get(XFRMA.ifId)),
    inUdp: attributes.has(XFRMA.encap),
    ...sizes,
  };
}

type Sizes = Pick<EspState, 'ivBytes' | 'icvBytes' | 'blockBytes'>;

/** RFC 4106, 4309, 4543, 7634: 8 octets of IV, and padding to 4 octets only (RFC 4303 §2.4). */
const AEAD = /^(rfc4106\(gcm|rfc4309\(ccm|rfc4543\(gcm|rfc7539esp\()/;
/** IV and block size of ciphers without authentication of their own (RFC 3602, 2451, 3686, 2410). */
const CIPHERS: readonly (readonly [RegExp, number, number])[] = [
  [/^cbc\((aes|camellia|twofish|serpent)\)/, 16, 16],
  [/^cbc\((des3_ede|des|blowfish)\)/, 8, 8],
  [/^rfc3686\(ctr/, 8, 4],
  [/^ecb\(cipher_null\)/, 0, 4],
];

function sizesOf(attributes: Attributes): Sizes | undefined {
  const aead = attributes.get(XFRMA.aead);
  if (aead !== undefined) {
    return AEAD.test(textIn(aead)) ? { ivBytes: 8, icvBytes: bitsAt(aead, NAME_BYTES + 4), blockBytes: 4 } : undefined;
  }
  const name = textIn(attributes.get(XFRMA.crypt));
  const found = CIPHERS.find(([pattern]) => pattern.test(name));
  if (found === undefined) return undefined;
  const auth = attributes.get(XFRMA.authTruncated);
  const icvBytes = auth === undefined ? 0 : bitsAt(auth, NAME_BYTES + 4);
  return { ivBytes: found[1], icvBytes, blockBytes: found[2] };
}

/** Reads a length in bits and returns octets. */
function bitsAt(algorithm: Uint8Array, at: number): number {
  return numberIn(algorithm.subarray(at, at + 4)) / 8;
}
