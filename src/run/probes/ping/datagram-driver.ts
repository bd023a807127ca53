/**
 * Probes by datagrams on Linux: ICMP echo, or UDP to a server of winze, to a service, or where no socket for ICMP may be
 * had.
 *
 * A UDP probe is answered by the port (an echo service, a name server), or by the ICMP message "port unreachable" of its
 * host, which IP_RECVERR reports without any privilege. All probes have the same addresses and ports, so that they stay
 * on one branch of the path.
 *
 * @module
 */
import type { Instant, Nanos } from '../../../core/time.ts';
import { IP, IPV6, MSG, POLL, SOL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import type { Memory } from '../../../native/memory/memory.ts';
import type { Poller } from '../../../native/poller.ts';
import type { LinuxSocket } from '../../../native/socket.ts';
import { MessageReader } from '../../../native/udp/message-reader.ts';
import { UdpReceiver } from '../../../native/udp/udp-receiver.ts';
import { icmpFailure } from '../../../path/ping/icmp-failure.ts';
import { type ProbeOctets, widenSequence } from '../../../path/ping/probe-payload.ts';
import type { DueProbe, ProbeOutcomes } from '../../../path/probe-engine.ts';
import { decodeEcho, ECHO_HEADER_BYTES, encodeEchoRequest, icmpOfPacket } from '../../../wire/echo-message.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { PingDriver } from './ping-driver.ts';

/** Messages that are read at a time, so that a flood does not keep the thread busy. */
const MOST_MESSAGES = 64;
/** "Destination unreachable", "port unreachable" (RFC 792, RFC 4443): the host itself answers for a closed port. */
const PORT_UNREACHABLE = { 4: { type: 3, code: 3 }, 6: { type: 1, code: 4 } } as const;

/** What returns the probes: the kernel of a host by ICMP, the service of a port, or a server of winze. */
export type DatagramKind = 'ping socket' | 'raw socket' | 'udp' | 'server';

/** How probes go to a server of winze. */
export const RETURNED = 'datagrams, returned by the server';

const METHODS: Readonly<Record<DatagramKind, string>> = {
  'ping socket': 'ping socket',
  'raw socket': 'raw socket',
  udp: 'udp error queue',
  server: RETURNED,
};

/** What a datagram driver sends, and to where. The socket is connected, and has its options already. */
export interface DatagramPlan {
  readonly socket: LinuxSocket;
  readonly kind: DatagramKind;
  readonly address: string;
  readonly family: 4 | 6;
  /** `null` for ICMP. */
  readonly port: number | null;
  readonly lengthBytes: number;
  readonly timeoutNs: Nanos;
  readonly payload: ProbeOctets;
  /** Identifier of the echo requests of a raw socket, 16 bits. */
  readonly identifier: number;
}

/** Sends ICMP echo requests or UDP datagrams, and reads answers and errors. */
export class DatagramDriver implements PingDriver {
  readonly timestamps: 'kernel' | 'user';
  readonly localAddress: string | null;
  isAnsweredByIcmp = false;
  readonly #libc: Libc;
  readonly #plan: DatagramPlan;
  readonly #reader: MessageReader;
  readonly #memory: Memory;
  readonly #payload: ProbeOctets;
  #next = 0;
  /** The probe whose octets are in `#memory`. */
  #prepared = { sequence: -1, length: 0 };
  #watched: { readonly poller: Poller; readonly place: number } | null = null;

  constructor(libc: Libc, plan: DatagramPlan) {
    this.#libc = libc;
    this.#plan = plan;
    const { socket, family, lengthBytes } = plan;
    if (family === 6) {
      socket.trySetInt(SOL.ipv6, IPV6.recverr, 1);
      socket.trySetInt(SOL.ipv6, IPV6.recvHopLimit, 1);
    } else {
      socket.trySetInt(SOL.ip, IP.recverr, 1);
      socket.trySetInt(SOL.ip, IP.recvttl, 1);
    }
    this.timestamps = UdpReceiver.stamp(socket) ? 'kernel' : 'user';
    this.localAddress = socket.local().address;
    this.#payload = plan.payload;
    this.#reader = new MessageReader(libc);
    this.#memory = libc.allocate(ECHO_HEADER_BYTES + Math.max(1, lengthBytes));
  }

  get method(): string {
    return METHODS[this.#plan.kind];
  }

  get port(): number | null {
    return this.#plan.port;
  }

  get lengthBytes(): number {
    return this.#plan.lengthBytes;
  }

  prepare(sequence: number): void {
    this.#prepared = { sequence, length: this.#write(sequence) };
  }

  send({ sequence }: DueProbe, outcomes: ProbeOutcomes): Instant {
    this.#next = sequence + 1;
    const length = this.#prepared.sequence === sequence ? this.#prepared.length : this.#write(sequence);
    const at = monotonicNow();
    if (this.#send(length)) return at;
    // The first call after an ICMP error fails with it, although it belongs to an earlier probe (ip(7)).
    this.#drain(outcomes);
    const again = monotonicNow();
    if (!this.#send(length)) outcomes.handleFailure(sequence, again, { code: this.#libc.errno(), from: null });
    return again;
  }

  watch(poller: Poller): void {
    this.#watched = { poller, place: poller.add(this.#plan.socket.fd, POLL.in) };
  }

  read(outcomes: ProbeOutcomes): void {
    if (this.#watched && this.#watched.poller.ready(this.#watched.place) !== 0) this.#drain(outcomes);
  }

  giveUp(): void {}

  close(): void {
    this.#plan.socket.close();
    this.#reader.free();
    this.#libc.free(this.#memory);
  }

  #drain(outcomes: ProbeOutcomes): void {
    const { fd } = this.#plan.socket;
    for (let i = 0; i < MOST_MESSAGES && this.#reader.receive(fd, 'errors'); i++) this.#handleError(outcomes);
    for (let i = 0; i < MOST_MESSAGES && this.#reader.receive(fd, 'messages'); i++) this.#handleMessage(outcomes);
  }

  #write(sequence: number): number {
    const { kind, family, identifier } = this.#plan;
    const payload = this.#payload.of(sequence, monotonicNow());
    if (kind === 'udp' || kind === 'server') {
      this.#memory.bytes.set(payload);
      return payload.length;
    }
    this.#memory.bytes.set(payload, ECHO_HEADER_BYTES);
    const message = this.#memory.bytes.subarray(0, ECHO_HEADER_BYTES + payload.length);
    encodeEchoRequest(message, family, identifier, sequence);
    return message.length;
  }

  #send(length: number): boolean {
    return this.#libc.send(this.#plan.socket.fd, this.#memory.address, length, MSG.nosignal) === length;
  }

  #handleMessage(outcomes: ProbeOutcomes): void {
    const sequence = this.#sequenceOfAnswer(outcomes, this.#reader.payload);
    if (sequence === undefined) return;
    const { address, ttl } = this.#reader;
    outcomes.handleAnswer(sequence, this.#receivedAt(), { from: address, ttl, retransmitted: null });
  }

  #sequenceOfAnswer(outcomes: ProbeOutcomes, message: Uint8Array): number | undefined {
    const { kind, family } = this.#plan;
    // A service on the port may answer anything.
    if (kind === 'udp') return this.#payload.sequenceOf(message) ?? outcomes.theOnlyOne();
    if (kind === 'server') return this.#payload.sequenceOf(message);
    const icmp = kind === 'raw socket' && family === 4 ? icmpOfPacket(message) : message;
    const echo = decodeEcho(icmp, family);
    if (echo?.kind !== 'reply' || !this.#isOwn(echo.identifier)) return undefined;
    const marked = this.#payload.sequenceOf(icmp.subarray(ECHO_HEADER_BYTES));
    if (marked !== undefined) return marked;
    return this.#payload.isMarked ? undefined : widenSequence(echo.sequence, this.#next);
  }

  #handleError(outcomes: ProbeOutcomes): void {
    const { error } = this.#reader;
    if (error === null) return;
    const sequence = this.#sequenceOfError(outcomes, this.#reader.payload);
    if (sequence === undefined) return;
    const { address, family, kind } = this.#plan;
    const answer = PORT_UNREACHABLE[family];
    const isPortClosed = error.icmp?.type === answer.type && error.icmp.code === answer.code;
    const at = this.#receivedAt();
    if (kind === 'udp' && isPortClosed && error.reporter === address) {
      this.isAnsweredByIcmp = true;
      outcomes.handleAnswer(sequence, at, { from: error.reporter, ttl: this.#reader.ttl, retransmitted: null });
    } else {
      const code = icmpFailure(family, error.reason, error.icmp);
      outcomes.handleFailure(sequence, at, { code, from: error.reporter });
    }
  }

  #sequenceOfError(outcomes: ProbeOutcomes, quote: Uint8Array): number | undefined {
    const { kind, family } = this.#plan;
    if (kind === 'udp' || kind === 'server') return this.#payload.sequenceOfSent(quote) ?? outcomes.theOnlyOne();
    const echo = decodeEcho(quote, family);
    if (echo?.kind !== 'request' || !this.#isOwn(echo.identifier)) return undefined;
    return widenSequence(echo.sequence, this.#next);
  }

  /** A ping socket has an identifier of the kernel, and receives what has it; a raw socket receives all. */
  #isOwn(identifier: number): boolean {
    return this.#plan.kind === 'ping socket' || identifier === this.#plan.identifier;
  }

  #receivedAt(): Instant {
    return this.#reader.receivedAt(monotonicNow, this.#plan.timeoutNs * 4);
  }
}
