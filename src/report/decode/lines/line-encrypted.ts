/**
 * Lines of protocols that encrypt: the header fields that are not encrypted.
 *
 * @module
 */
import { LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, offsetAt, payloadWireBytes, wireBytesAt } from '../../../capture/dissect/layer-stack.ts';
import {
  readDtlsContentType,
  readDtlsEpoch,
  readDtlsSequence,
  readDtlsVersion,
} from '../../../capture/layers/encrypted/dtls.ts';
import {
  readIkeExchange,
  readIkeFlags,
  readIkeMajor,
  readIkeMessageId,
} from '../../../capture/layers/encrypted/ike.ts';
import {
  readAhSequence,
  readAhSpi,
  readEspSequence,
  readEspSpi,
  readIpcompIndex,
} from '../../../capture/layers/encrypted/ipsec.ts';
import {
  OPENVPN_OPCODE,
  openvpnSessionIdAt,
  readKeyId,
  readOpcode,
  readPeerId,
} from '../../../capture/layers/encrypted/openvpn.ts';
import { isLongHeader, QUIC_V2, readQuicType, readQuicVersion } from '../../../capture/layers/encrypted/quic.ts';
import { isLast, type LinePart } from './line-part.ts';

/** Prints `ESP(spi=0x0000abcd,seq=0x1), length 132` (RFC 4303). */
export const espPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  out.text('ESP(spi=').hex(readEspSpi(stack.bytes, at), 8).text(',seq=').hex(readEspSequence(stack.bytes, at));
  out.text('), length ').number(wireBytesAt(stack, i));
};

/**
 * Prints the header between UDP and IPsec (RFC 3948): `UDP-encap: ` before ESP, `NONESP-encap: ` before IKE, or a NAT
 * keepalive.
 */
export const udpEncapPart: LinePart = (out, stack, i) => {
  if (kindAt(stack, i + 1) === LAYER.esp) out.text('UDP-encap: ');
  else out.text(stack.headerBytes[i] === 1 ? 'isakmp-nat-keep-alive' : 'NONESP-encap: ');
  if (isLast(stack, i) && stack.headerBytes[i] !== 1) out.text('length ').number(payloadWireBytes(stack, i));
};

/** Prints `AH(spi=0x0000abcd,seq=0x1): ` (RFC 4302). */
export const ahPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  out.text('AH(spi=').hex(readAhSpi(stack.bytes, at), 8).text(',seq=').hex(readAhSequence(stack.bytes, at)).text('): ');
};

/** Prints `IPComp(cpi=0x0002), length 64` (RFC 3173). */
export const ipcompPart: LinePart = (out, stack, i) => {
  out.text('IPComp(cpi=').hex(readIpcompIndex(stack.bytes, offsetAt(stack, i)), 4);
  out.text('), length ').number(wireBytesAt(stack, i));
};

/** Exchange types of ISAKMP (RFC 2408 §3.1), by the names of tcpdump. */
const IKE_V1: Record<number, string> = { 1: 'base', 2: 'ident', 4: 'agg', 5: 'inf', 6: 'trans', 32: 'oakley-quick' };
/** Exchange types of IKEv2 (RFC 7296 §3.1). */
const IKE_V2: Record<number, string> = { 34: 'ikev2_init', 35: 'ikev2_auth', 36: 'child_sa', 37: 'inf2' };
/** The flag R of IKEv2 (RFC 7296 §3.1). */
const IKE_RESPONSE = 0x20;

/** Prints version, exchange, message ID and both SPIs of IKE (RFC 7296 §3.1, RFC 2408 §3.1). */
export const ikePart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const major = readIkeMajor(bytes, at);
  const exchange = readIkeExchange(bytes, at);
  const name = (major === 2 ? IKE_V2 : IKE_V1)[exchange];
  out.text('isakmp ').number(major).text(', ');
  if (name === undefined) out.text('exchange ').number(exchange);
  else out.text(name);
  if (major === 2) out.text((readIkeFlags(bytes, at) & IKE_RESPONSE) === 0 ? ' request' : ' response');
  out.text(', msgid ').hex(readIkeMessageId(bytes, at), 8).text(', spi ').hexOctets(bytes, at, 8).text('->');
  out
    .hexOctets(bytes, at + 8, 8)
    .text(', length ')
    .number(wireBytesAt(stack, i));
};

/** Names of the opcodes of OpenVPN (`src/openvpn/ssl_pkt.h` of OpenVPN). */
const OPCODES: Record<number, string> = {
  [OPENVPN_OPCODE.hardResetClientV1]: 'hard reset client v1',
  [OPENVPN_OPCODE.hardResetServerV1]: 'hard reset server v1',
  [OPENVPN_OPCODE.softReset]: 'soft reset',
  [OPENVPN_OPCODE.control]: 'control',
  [OPENVPN_OPCODE.ack]: 'ack',
  [OPENVPN_OPCODE.dataV1]: 'data v1',
  [OPENVPN_OPCODE.hardResetClientV2]: 'hard reset client v2',
  [OPENVPN_OPCODE.hardResetServerV2]: 'hard reset server v2',
  [OPENVPN_OPCODE.dataV2]: 'data v2',
  [OPENVPN_OPCODE.hardResetClientV3]: 'hard reset client v3',
  [OPENVPN_OPCODE.controlWkc]: 'control wkc',
};

/**
 * Prints opcode, peer or session, key ID and length of OpenVPN (`src/openvpn/ssl_pkt.h` of OpenVPN). Over TCP a length
 * precedes the opcode; a segment without a header of its own is `continued`.
 */
export const openvpnPart: LinePart = (out, stack, i) => {
  const { bytes } = stack;
  out.text('OpenVPN ');
  if (stack.headerBytes[i] === 0) {
    out.text('continued, length ').number(wireBytesAt(stack, i));
    return;
  }
  const at = offsetAt(stack, i) + (kindAt(stack, i - 1) === LAYER.tcp ? 2 : 0);
  const opcode = readOpcode(bytes, at);
  out.text(OPCODES[opcode] ?? 'opcode ');
  if (OPCODES[opcode] === undefined) out.number(opcode);
  if (opcode === OPENVPN_OPCODE.dataV2) out.text(', peer ').number(readPeerId(bytes, at));
  else if (opcode !== OPENVPN_OPCODE.dataV1) out.text(', session ').hexOctets(bytes, openvpnSessionIdAt(at), 8);
  out.text(', key ').number(readKeyId(bytes, at)).text(', length ').number(wireBytesAt(stack, i));
};

/** Content types of DTLS records (RFC 6347 §4.1, RFC 6520, RFC 9146). */
const CONTENT: Record<number, string> = {
  20: 'change cipher spec',
  21: 'alert',
  22: 'handshake',
  23: 'data',
  24: 'heartbeat',
  25: 'data with connection id',
};

/** Prints version, content type, epoch and sequence number of the first DTLS record (RFC 6347 §4.1). */
export const dtlsPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const version = readDtlsVersion(bytes, at);
  out.text(version === 0xfefd ? 'DTLS 1.2 ' : version === 0xfeff ? 'DTLS 1.0 ' : 'DTLS 0.9 ');
  out
    .text(CONTENT[readDtlsContentType(bytes, at)] ?? '')
    .text(', epoch ')
    .number(readDtlsEpoch(bytes, at));
  out.text(', seq ').number(readDtlsSequence(bytes, at)).text(', length ').number(wireBytesAt(stack, i));
};

/** Types of packets with a long header, by number (RFC 9000 §17.2). */
const QUIC_TYPES = ['initial', '0-RTT', 'handshake', 'retry'];

/** Prints type and version of a QUIC packet with a long header, or `protected` for a short header (RFC 9000 §17). */
export const quicPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  out.text('QUIC ');
  if (!isLongHeader(bytes, at)) out.text('protected');
  else {
    const version = readQuicVersion(bytes, at);
    if (version === 0) out.text('version negotiation');
    // Version 2 adds one to the numbers of version 1 (RFC 9369 §3.2).
    else out.text(QUIC_TYPES[(readQuicType(bytes, at) + (version === QUIC_V2 ? 3 : 0)) & 3] ?? '');
    if (version > 0) out.text(version === 1 ? ', v1' : version === QUIC_V2 ? ', v2' : ', draft');
  }
  out.text(', length ').number(wireBytesAt(stack, i));
};
