/**
 * Probes by connections of TCP with the sockets of Node: no router of an error, no devices, times of the event loop.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { systemCodeOf } from '../../../core/errors.ts';
import type { Instant } from '../../../core/time.ts';
import type { DueProbe, ProbeOutcomes } from '../../../path/probe-engine.ts';
import { monotonicNow } from '../../monotonic.ts';
import { resetConnection } from '../../reset-connection.ts';
import type { ConnectPlan } from './connect-driver.ts';
import type { PingDriver } from './ping-driver.ts';

/** Connects for each probe, and closes what was connected. */
export class PortableConnectDriver implements PingDriver {
  readonly method = 'tcp connect';
  readonly timestamps = 'user';
  readonly lengthBytes = null;
  readonly port: number;
  localAddress: string | null;
  readonly #plan: ConnectPlan;
  readonly #wake: () => void;
  readonly #pending = new Map<Socket, Instant>();

  /** @param wake - called when something became of a probe */
  constructor(plan: ConnectPlan, wake: () => void) {
    this.#plan = plan;
    this.#wake = wake;
    this.port = plan.port;
    this.localAddress = plan.localAddress;
  }

  prepare(): void {}

  send({ sequence, dueAt }: DueProbe, outcomes: ProbeOutcomes): Instant {
    const { address, port, localAddress, clientPort } = this.#plan;
    const local = {
      ...(localAddress === null ? {} : { localAddress }),
      ...(clientPort === null ? {} : { localPort: clientPort }),
    };
    const at = monotonicNow();
    const socket = connect({ host: address, port, ...local });
    this.#pending.set(socket, dueAt);
    socket.once('connect', () => {
      const connectedAt = monotonicNow();
      this.localAddress ??= socket.localAddress ?? null;
      outcomes.handleAnswer(sequence, connectedAt, { from: address, ttl: null, retransmitted: null });
      this.#end(socket);
    });
    socket.once('error', (error) => {
      const code = systemCodeOf(error) ?? 'EIO';
      outcomes.handleFailure(sequence, monotonicNow(), { code, from: code === 'ECONNREFUSED' ? address : null });
      this.#end(socket);
    });
    return at;
  }

  watch(): void {}

  read(): void {}

  giveUp(before: Instant): void {
    for (const [socket, dueAt] of this.#pending) if (dueAt < before) this.#end(socket);
  }

  close(): void {
    this.giveUp(Number.POSITIVE_INFINITY);
  }

  #end(socket: Socket): void {
    this.#pending.delete(socket);
    // A probe that was given up may still fail.
    socket.removeAllListeners().on('error', () => {});
    if (this.#plan.reset) resetConnection(socket);
    else socket.destroy();
    this.#wake();
  }
}
