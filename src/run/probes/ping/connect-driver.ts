/**
 * Probes by connections of TCP on Linux: the time from SYN to SYN-ACK, and a close right after.
 *
 * IP_RECVERR makes the kernel report an ICMP error at once, with the router that sent it, instead of trying on. TCP_INFO
 * tells whether the SYN was sent again: such a time has a second or more of waiting for the retransmission (RFC 6298).
 *
 * @module
 */
import { messageOf, NetError } from '../../../core/errors.ts';
import type { Instant } from '../../../core/time.ts';
import { IP, IPV6, POLL, SO, SOL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import type { Poller } from '../../../native/poller.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { readTcpInfo } from '../../../native/tcp-info.ts';
import { MessageReader } from '../../../native/udp/message-reader.ts';
import { icmpFailure } from '../../../path/ping/icmp-failure.ts';
import type { DueProbe, ProbeOutcomes } from '../../../path/probe-engine.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { PingDriver } from './ping-driver.ts';

/** Where connections lead, and the socket to use for them. */
export interface ConnectPlan {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly localAddress: string | null;
  readonly device: string | null;
  readonly tos: number | null;
  /** Local port of every connection; `null` leaves it to the system. */
  readonly clientPort: number | null;
  /** Whether connections are closed with RST. Else this host keeps each of them for a minute (TIME_WAIT, RFC 9293). */
  readonly reset: boolean;
}

interface Pending {
  readonly socket: LinuxSocket;
  readonly sequence: number;
  readonly dueAt: Instant;
  place: number;
}

/** Opens a socket for one connection, without connecting it. @throws NetError with the option that was refused */
export function openConnectSocket(libc: Libc, plan: ConnectPlan): LinuxSocket {
  const socket = LinuxSocket.open(libc, 'tcp', plan.address);
  try {
    const { tos, device } = plan;
    const rest = { congestion_control: null, window_bytes: null, mss_bytes: null, dont_fragment: false };
    socket.apply('tcp', { ...rest, no_delay: true, tos, device });
    if (plan.family === 6) socket.trySetInt(SOL.ipv6, IPV6.recverr, 1);
    else socket.trySetInt(SOL.ip, IP.recverr, 1);
    if (plan.localAddress === null && plan.clientPort === null) return socket;
    if (plan.clientPort !== null) socket.trySetInt(SOL.socket, SO.reuseaddr, 1);
    socket.bind(plan.localAddress ?? (plan.family === 6 ? '::' : '0.0.0.0'), plan.clientPort ?? 0);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Connects for each probe, and closes what was connected. */
export class ConnectDriver implements PingDriver {
  readonly method = 'tcp connect';
  readonly timestamps = 'user';
  readonly lengthBytes = null;
  readonly port: number;
  localAddress: string | null;
  readonly #libc: Libc;
  readonly #plan: ConnectPlan;
  readonly #reader: MessageReader;
  #pending: Pending[] = [];
  #poller: Poller | null = null;
  /** A socket for the next probe, or why there is none. */
  #prepared: LinuxSocket | NetError | null = null;

  constructor(libc: Libc, plan: ConnectPlan) {
    this.#libc = libc;
    this.#plan = plan;
    this.port = plan.port;
    this.localAddress = plan.localAddress;
    this.#reader = new MessageReader(libc);
  }

  prepare(): void {
    this.#prepared ??= this.#open();
  }

  send({ sequence, dueAt }: DueProbe, outcomes: ProbeOutcomes): Instant {
    const socket = this.#prepared ?? this.#open();
    this.#prepared = null;
    const at = monotonicNow();
    if (socket instanceof NetError) {
      outcomes.handleFailure(sequence, at, { code: codeIn(socket), from: null });
      return at;
    }
    const { state, reason } = socket.tryConnect(this.#plan.address, this.#plan.port);
    const pending = { socket, sequence, dueAt, place: -1 };
    if (state === 'pending') {
      this.#pending.push(pending);
    } else if (state === 'connected') {
      this.#answer(pending, outcomes, monotonicNow());
    } else {
      socket.close();
      outcomes.handleFailure(sequence, monotonicNow(), { code: reason, from: null });
    }
    return at;
  }

  watch(poller: Poller): void {
    this.#poller = poller;
    for (const pending of this.#pending) pending.place = poller.add(pending.socket.fd, POLL.out);
  }

  read(outcomes: ProbeOutcomes): void {
    const poller = this.#poller;
    if (poller === null) return;
    this.#pending = this.#pending.filter((pending) => {
      if (pending.place < 0 || poller.ready(pending.place) === 0) return true;
      this.#finish(pending, outcomes);
      return false;
    });
  }

  giveUp(before: Instant): void {
    this.#pending = this.#pending.filter(({ socket, dueAt }) => {
      if (dueAt >= before) return true;
      socket.close();
      return false;
    });
  }

  close(): void {
    this.giveUp(Number.POSITIVE_INFINITY);
    if (this.#prepared instanceof LinuxSocket) this.#prepared.close();
    this.#reader.free();
  }

  #open(): LinuxSocket | NetError {
    try {
      return openConnectSocket(this.#libc, this.#plan);
    } catch (error) {
      if (error instanceof NetError) return error;
      throw error;
    }
  }

  #finish(pending: Pending, outcomes: ProbeOutcomes): void {
    const at = monotonicNow();
    const number = pending.socket.pendingError();
    if (number === 0) return this.#answer(pending, outcomes, at);
    const reported = this.#reader.receive(pending.socket.fd, 'errors') ? this.#reader.error : null;
    pending.socket.close();
    const code = icmpFailure(this.#plan.family, this.#libc.errorName(number), reported?.icmp ?? null);
    // A refusal is a segment of the target itself (RST), unless ICMP brought it.
    const from = reported?.reporter ?? (code === 'ECONNREFUSED' ? this.#plan.address : null);
    outcomes.handleFailure(pending.sequence, at, { code, from });
  }

  #answer({ socket, sequence }: Pending, outcomes: ProbeOutcomes, at: Instant): void {
    this.localAddress ??= socket.local().address;
    const info = socket.tcpInfo();
    const again = info === null ? null : readTcpInfo(info).retransmits;
    if (this.#plan.reset) socket.reset();
    else socket.close();
    outcomes.handleAnswer(sequence, at, {
      from: this.#plan.address,
      ttl: null,
      retransmitted: again === null ? null : again > 0,
    });
  }
}

/** The name of the system error at the end of a message, as LinuxSocket writes it. */
function codeIn(error: NetError): string {
  return /\b(E[A-Z0-9]{2,})\b(?!.*\bE[A-Z0-9]{2,}\b)/s.exec(messageOf(error))?.[1] ?? error.code;
}
