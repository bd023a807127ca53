/**
 * Probes of any host: it acknowledges them by ICMP.
 *
 * @module
 */
import type { ProbeError } from '../../../native/probe/probe-errors.ts';
import { icmpMeaning } from '../../../path/trace/icmp-meaning.ts';
import type { MtuPort, OutgoingProbe, PortEvent, SendResult } from './mtu-port.ts';
import { type ProbeFormat, readTag, writeTag } from './probe-format.ts';
import type { ProbeSocket } from './probe-socket.ts';

/** Messages read at a time, so that a flood of them does not keep the program busy. */
const MOST = 64;

/** The host that is probed. */
export interface ProbedHost {
  readonly family: 4 | 6;
  /** In the form in which the system writes it. */
  readonly address: string;
  /** 8 octets, fresh. */
  readonly nonce: Uint8Array;
}

/** Sends probes to a host, and reads what it and routers say of them. */
export class HostPort implements MtuPort {
  readonly fd: number;
  readonly #socket: ProbeSocket;
  readonly #format: ProbeFormat;
  readonly #host: ProbedHost;
  readonly #sizes = new Map<number, number>();
  #unmatched = 0;

  constructor(socket: ProbeSocket, format: ProbeFormat, host: ProbedHost) {
    this.fd = socket.fd;
    this.#socket = socket;
    this.#format = format;
    this.#host = host;
  }

  get unmatched(): number {
    return this.#unmatched;
  }

  send({ number, size, ttl }: OutgoingProbe): SendResult {
    const { addedBytes, tagAt, finish } = this.#format;
    const length = size - addedBytes;
    writeTag(this.#socket.out.view, tagAt, this.#host.nonce, number);
    finish(this.#socket.out.bytes.subarray(0, length), number);
    this.#sizes.set(number, size);
    return this.#socket.send(length, ttl);
  }

  receive(): readonly PortEvent[] {
    const events: PortEvent[] = this.#socket.errors().flatMap((error) => this.#eventOf(error) ?? []);
    for (let i = 0; i < MOST; i++) {
      const length = this.#socket.receive();
      if (length < 0) break;
      const answer = this.#format.answerIn(this.#socket.in.bytes.subarray(0, length));
      const number = answer && readTag(answer, this.#format.tagAt, this.#host.nonce);
      if (answer === null || number === null) continue;
      // An answer that lacks octets acknowledges nothing.
      if (this.#sizes.get(number) !== answer.length + this.#format.addedBytes) continue;
      events.push({ tag: 'answer', number, from: this.#host.address });
    }
    return events;
  }

  close(): void {
    this.#socket.close();
  }

  #eventOf({ type, code, info, offender: from, quote }: ProbeError): PortEvent | null {
    const { family, address, nonce } = this.#host;
    const meaning = icmpMeaning(family, type, code, from === address);
    // A hint is worth no more than a size to try, so it needs no proof.
    if (meaning?.kind === 'too-big') return { tag: 'hint', way: 'forward', mtu: info, from };
    if (meaning?.kind === 'unreachable') return { tag: 'unreachable', reason: meaning.reason ?? 'unreachable', from };
    // A firewall in between that rejects says the same as a closed port.
    if (meaning?.kind === 'target' && from !== address) return { tag: 'unreachable', reason: 'port unreachable', from };
    if (meaning === null) return null;
    const number = readTag(quote, this.#format.tagAt, nonce);
    if (number === null) {
      this.#unmatched++;
      return null;
    }
    if (meaning.kind === 'time-exceeded') return { tag: 'exceeded', number, from };
    return this.#format.isAnsweredByError ? { tag: 'answer', number, from } : null;
  }
}
