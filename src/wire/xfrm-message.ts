/**
 * IPsec as the kernel has it: which packets get it (policies), and how it is put around them (states).
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

export const XFRM_MSG = { newSa: 0x10, getSa: 0x12, newPolicy: 0x13, getPolicy: 0x15 } as const;
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
/** Of an algorithm: its name, then lengths in bits. */
const NAME_BYTES = 64;

export interface EspTemplate {
  /** Where the outer packet goes; zeros in transport mode. */
  readonly to: Uint8Array;
  readonly reqid: number;
  readonly mode: number;
}

/** A policy for packets that leave, with one template of ESP. */
export interface EspPolicy {
  readonly from: Uint8Array;
  readonly fromPrefix: number;
  readonly to: Uint8Array;
  readonly toPrefix: number;
  /** Of the device xfrm that it is for; 0 for packets to any other device. */
  readonly ifId: number;
  readonly priority: number;
  /** `null`: packets go as they are. */
  readonly template: EspTemplate | null;
}

export interface EspState {
  readonly to: Uint8Array;
  readonly family: 4 | 6;
  readonly reqid: number;
  readonly mode: number;
  readonly ifId: number;
  /** ESP in UDP (RFC 3948). */
  readonly inUdp: boolean;
  readonly ivBytes: number;
  readonly icvBytes: number;
  /** What packet and trailer are padded to. */
  readonly blockBytes: number;
}

export function encodeXfrmDump(type: 'getSa' | 'getPolicy', sequence: number): Uint8Array {
  // The kernel takes a dump without its own struct.
  return encodeMessage({ type: XFRM_MSG[type], flags: NLM_F.request | NLM_F.dump, sequence }, new Uint8Array(0));
}

/** `undefined` for what is no policy of packets that leave, is for one protocol alone, or asks for more than ESP. */
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

/** `undefined` for what is not ESP, or has an algorithm whose sizes are not known. */
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

/** RFC 4106, 4309, 4543, 7634: 8 octets of IV, and no block but the 4 of RFC 4303 §2.4. */
const AEAD = /^(rfc4106\(gcm|rfc4309\(ccm|rfc4543\(gcm|rfc7539esp\()/;
/** IV and block of what needs a check value beside it (RFC 3602, 2451, 3686, 2410). */
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

/** In octets. */
function bitsAt(algorithm: Uint8Array, at: number): number {
  return numberIn(algorithm.subarray(at, at + 4)) / 8;
}
