/**
 * Where SOCKS proxies take datagrams (RFC 1928 §7), by their replies to UDP ASSOCIATE.
 *
 * A relay is known for one client. When the association has ended it is kept until its place is needed: a datagram
 * has to have the header, too. Memory is bounded: see `FlowTable`.
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

/** About 40 kB. */
const MAX_RELAYS = 1024;
const IPV4_WORDS = 1;
const IPV6_WORDS = 4;

export class SocksRelays {
  /** Client and relay as the ends of a flow. The client's port is not known, and 0 in it. */
  readonly #table: FlowTable;
  /** Addresses of the client and the relay, as the table wants them. */
  readonly #ends = new Uint8Array(2 * IPV6_WORDS * 4);
  #isEmpty = true;

  constructor(capacity: number = MAX_RELAYS) {
    this.#table = new FlowTable(capacity);
  }

  /** Takes note of the relay that the reply at the cursor names, if it does. */
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
    // Of a relay in the other version of IP nobody has said which address the client has there.
    if (port === 0 || (!isServer && relayWords !== words)) return;
    const from = isServer ? server : relay;
    this.#ends.set(bytes.subarray(server + words * 4, server + words * 8));
    this.#ends.set(bytes.subarray(from, from + words * 4), words * 4);
    this.#table.place(this.#ends, 0, words, port, PROTOCOL_UDP);
    this.#isEmpty = false;
  }

  /** `TO_RELAY` or `FROM_RELAY` if the datagram at the cursor is one of a relay; 0 if it is not. */
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

/** 0.0.0.0 or ::, by which a proxy means the address that the client has reached it at. */
function isUnspecified(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (bytes[at + i] !== 0) return false;
  return true;
}
