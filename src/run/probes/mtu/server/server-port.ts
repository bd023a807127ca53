/**
 * Probes of a server of winze, in the stream of a latency test: it acknowledges those of either direction.
 *
 * ```text
 * forward    a probe of the size   ─────>   the shortest answer
 * backward   the shortest probe    ─────>   an answer of the size
 * ```
 *
 * @see docs/protocol.md, Path MTU
 * @module
 */

import { icmpMeaning } from '../../../../path/trace/icmp-meaning.ts';
import { StreamKey } from '../../../../wire/datagram.ts';
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES, UDP_HEADER_BYTES } from '../../../../wire/ip.ts';
import { MTU_PROBE_BYTES, readMtuAnswer, writePaddedProbe } from '../../../../wire/probe/mtu-probe.ts';
import { monotonicNow } from '../../../monotonic.ts';
import { CHANNEL, type MtuPort, type OutgoingProbe, type PortEvent, probeOf, type SendResult } from '../mtu-port.ts';
import type { ProbeSocket } from '../probe-socket.ts';

/** Messages read at a time, so that a flood of them does not keep the program busy. */
const MOST = 64;
/** Offset of the sequence number in a probe, of which ICMP quotes the lower half here. */
const SEQUENCE_AT = 12;

/** The stream of the test. */
export interface ProbedStream {
  readonly family: 4 | 6;
  readonly address: string;
  readonly stream: number;
  readonly token: Uint8Array;
}

/** Octets of IP packet around the payload of a datagram. */
export function datagramOverhead(family: 4 | 6): number {
  return (family === 6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES) + UDP_HEADER_BYTES;
}

/** Sends probes to a server, and reads its answers and what routers say. */
export class ServerPort implements MtuPort {
  readonly fd: number;
  readonly unmatched = 0;
  readonly #socket: ProbeSocket;
  readonly #stream: ProbedStream;
  readonly #key: StreamKey;
  readonly #overhead: number;
  readonly #sizes = new Map<number, number>();

  constructor(socket: ProbeSocket, stream: ProbedStream) {
    this.fd = socket.fd;
    this.#socket = socket;
    this.#stream = stream;
    this.#key = new StreamKey(stream.token, stream.stream);
    this.#overhead = datagramOverhead(stream.family);
  }

  send({ number, size, ttl }: OutgoingProbe): SendResult {
    const isBackward = probeOf(number).channel === CHANNEL.backward;
    const wanted = size - this.#overhead;
    const { stream, token } = this.#stream;
    const probe = { sequence: number, answerBytes: isBackward ? wanted : 0 };
    writePaddedProbe(this.#socket.out.view, stream, token, probe, monotonicNow());
    this.#sizes.set(number, wanted);
    return this.#socket.send(isBackward ? MTU_PROBE_BYTES : wanted, ttl);
  }

  receive(): readonly PortEvent[] {
    const { family, address } = this.#stream;
    const events: PortEvent[] = [];
    for (const { type, code, info, offender: from, quote } of this.#socket.errors()) {
      const meaning = icmpMeaning(family, type, code, from === address);
      if (meaning?.kind === 'too-big') events.push({ tag: 'hint', way: 'forward', mtu: info, from });
      const number = this.#numberIn(quote);
      if (meaning?.kind === 'time-exceeded' && number !== null) events.push({ tag: 'exceeded', number, from });
      const reason = meaning?.kind === 'unreachable' ? meaning.reason : null;
      if (reason !== null) events.push({ tag: 'unreachable', reason, from });
    }
    for (let i = 0; i < MOST; i++) {
      const length = this.#socket.receive();
      if (length < 0) break;
      events.push(...this.#eventsOf(length, address));
    }
    return events;
  }

  close(): void {
    this.#socket.close();
  }

  #eventsOf(length: number, address: string): readonly PortEvent[] {
    const answer = readMtuAnswer(this.#key, this.#socket.in.view, 0, length);
    if (answer === undefined) return [];
    const { sequence: number, hint, refusedAt, receivedBytes, fragmentBytes } = answer;
    const wanted = this.#sizes.get(number);
    if (wanted === undefined) return [];
    const events: PortEvent[] = [];
    if (hint !== null) events.push({ tag: 'hint', way: 'backward', mtu: hint.mtu, from: hint.from });
    const isBackward = probeOf(number).channel === CHANNEL.backward;
    if (isBackward && refusedAt !== null) return [...events, { tag: 'refused', number, most: refusedAt }];
    const cut = isBackward ? this.#socket.fragmentBytes : fragmentBytes;
    if (cut > 0) events.push({ tag: 'fragmented', number, fragmentBytes: cut });
    // An answer to a probe that lost octets, or one that lost some itself, acknowledges nothing.
    else if ((isBackward ? length : receivedBytes) === wanted) events.push({ tag: 'answer', number, from: address });
    return events;
  }

  /** The number of the probe that a report quotes; `null` if it quotes too little, or another one. */
  #numberIn(quoted: Uint8Array): number | null {
    if (quoted.length < SEQUENCE_AT + 16) return null;
    const view = new DataView(quoted.buffer, quoted.byteOffset, quoted.length);
    if (this.#key.typeOf(view, 0, quoted.length) === 0) return null;
    return view.getUint32(SEQUENCE_AT + 4);
  }
}
