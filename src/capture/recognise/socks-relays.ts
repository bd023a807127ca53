/**
 * UDP relays of SOCKS proxies (RFC 1928 §7), from their replies to UDP ASSOCIATE.
 *
 * A relay is stored for one client address. It is kept after the association has ended, until its slot is reused: a
 * datagram must have a SOCKS header as well. Memory is bounded: see `FlowTable`.
 *
 * @module
 */
import { PROTOCOL_UDP } from '../../wire/ip.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, offsetAt } from '../dissect/layer-stack.ts';
import type { Cursor } from '../layers/cursor.ts';
import { ipv4SourceAt } from '../layers/ip/ipv4.ts';
import { ipv6SourceAt } from '../layers/ip/ipv6.ts';
import {
  FROM_RELAY,
  isSocksDatagram,
  isSocksGrant,
  readSocksAddressType,
  readSocksPort,
  SOCKS_ADDRESS,
  socksAddressAt,
  TO_RELAY,
} from '../layers/transport/socks.ts';
import { FlowTable } from './flow-table.ts';

/** Number of relays that are kept, in about 40 kB. */
const MAX_RELAYS = 1024;
const IPV4_WORDS = 1;
const IPV6_WORDS = 4;

/** The known UDP relays, each with the address of its client. */
export class SocksRelays {
  /** Client and relay as the ends of a flow. The client's port is not known; it is 0 in the key. */
  readonly #table: FlowTable;
  /** Addresses of the client and the relay, one after the other, as the table expects them. */
  readonly #ends = new Uint8Array(2 * IPV6_WORDS * 4);
  #isEmpty = true;

  constructor(capacity: number = MAX_RELAYS) {
    this.#table = new FlowTable(capacity);
  }

  /** Stores the relay that the reply at the cursor names, if the reply grants the request. */
  add(cursor: Cursor): void {
    const { bytes, at, stack } = cursor;
    const ip = ipBefore(stack, stack.count);
    const type = readSocksAddressType(bytes, at);
    if (ip < 0 || type === SOCKS_ADDRESS.name || !isSocksGrant(cursor)) return;
    const words = addressWords(kindAt(stack, ip));
    const relayWords = type === SOCKS_ADDRESS.ipv4 ? IPV4_WORDS : IPV6_WORDS;
    const relay = socksAddressAt(at);
    const server = sourceAt(kindAt(stack, ip), offsetAt(stack, ip));
    const port = readSocksPort(bytes, at, socksAddressAt(0) + relayWords * 4 + 2);
    const isServer = isUnspecified(bytes, relay, relayWords * 4);
    // If the relay uses the other IP version, the client's address there is not known.
    if (port === 0 || (!isServer && relayWords !== words)) return;
    const from = isServer ? server : relay;
    this.#ends.set(bytes.subarray(server + words * 4, server + words * 8));
    this.#ends.set(bytes.subarray(from, from + words * 4), words * 4);
    this.#table.findOrAdd(this.#ends, 0, words, port, PROTOCOL_UDP);
    this.#isEmpty = false;
  }

  /** `TO_RELAY` or `FROM_RELAY` if the datagram at the cursor goes to or comes from a relay; else 0. */
  directionOf(cursor: Cursor, sourcePort: number, destinationPort: number): number {
    if (this.#isEmpty || !isSocksDatagram(cursor)) return 0;
    const { bytes, stack } = cursor;
    const ip = ipBefore(stack, stack.count - 1);
    if (ip < 0) return 0;
    const kind = kindAt(stack, ip);
    const source = sourceAt(kind, offsetAt(stack, ip));
    const words = addressWords(kind);
    if (this.#table.find(bytes, source, words, destinationPort, PROTOCOL_UDP) >= 0) return TO_RELAY;
    return this.#table.find(bytes, source, words, sourcePort * 0x1_0000, PROTOCOL_UDP) >= 0 ? FROM_RELAY : 0;
  }
}

function addressWords(kind: number): number {
  return kind === LAYER.ipv4 ? IPV4_WORDS : IPV6_WORDS;
}

function sourceAt(kind: number, at: number): number {
  return kind === LAYER.ipv4 ? ipv4SourceAt(at) : ipv6SourceAt(at);
}

/** Whether an address is 0.0.0.0 or ::, with which a proxy means the address that the client connected to. */
function isUnspecified(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (bytes[at + i] !== 0) return false;
  return true;
}
