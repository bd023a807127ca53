/**
 * Probes by connections of TCP with a full TLS handshake each, with the sockets and the TLS of Node.
 *
 * The certificate is verified for the name of the target, and what came of it is told; a handshake with one that is not
 * trusted counts all the same.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { parseIp } from '../../../core/address.ts';
import { systemCodeOf } from '../../../core/errors.ts';
import type { ConnectionsTls } from '../../../core/shapes/path/connections.ts';
import type { Instant } from '../../../core/time.ts';
import { handshakeFailure } from '../../../measure/connections/handshake-failure.ts';
import type { DueProbe, ProbeOutcomes } from '../../../path/probe-engine.ts';
import { monotonicNow } from '../../monotonic.ts';
import { resetConnection } from '../../reset-connection.ts';
import { ClientHandshake } from '../../tls/client-handshake.ts';
import { tlsFacts } from '../http/tls.ts';
import type { ConnectPlan } from '../ping/connect-driver.ts';
import type { PingDriver } from '../ping/ping-driver.ts';

/** What the last handshake said, and how many were no full ones. */
export type HandshakeFacts = Omit<ConnectionsTls, 'handshake_ns'>;

/** Connects for each probe, makes the handshake, and closes. */
export class TlsConnectDriver implements PingDriver {
  readonly method = 'tls handshake';
  readonly timestamps = 'user';
  readonly lengthBytes = null;
  readonly port: number;
  localAddress: string | null;
  readonly #plan: ConnectPlan;
  readonly #wake: () => void;
  readonly #handshake: ClientHandshake;
  readonly #pending = new Map<Socket, Instant>();
  #facts: HandshakeFacts | null = null;

  /**
   * @param name - of the target, for SNI and for the certificate
   * @param wake - called when something became of a probe
   */
  constructor(plan: ConnectPlan, name: string, wake: () => void) {
    this.#plan = plan;
    this.#wake = wake;
    this.port = plan.port;
    this.localAddress = plan.localAddress;
    // An address is no name for SNI (RFC 6066 section 3); it is checked against the certificate all the same.
    this.#handshake = new ClientHandshake(parseIp(name) === undefined ? { servername: name } : { host: name });
  }

  /** What the handshakes so far agreed on; `null` if none was completed. */
  get facts(): HandshakeFacts | null {
    return this.#facts && { ...this.#facts, resumed: this.#handshake.facts.resumed };
  }

  prepare(): void {}

  send({ sequence, dueAt }: DueProbe, outcomes: ProbeOutcomes): Instant {
    const { address, port, localAddress, clientPort } = this.#plan;
    const local = {
      ...(localAddress === null ? {} : { localAddress }),
      ...(clientPort === null ? {} : { localPort: clientPort }),
    };
    const at = monotonicNow();
    const socket = connect({ host: address, port, noDelay: true, ...local });
    this.#pending.set(socket, dueAt);
    const fail = (code: string): void => {
      outcomes.handleFailure(sequence, monotonicNow(), { code, from: code === 'ECONNREFUSED' ? address : null });
      this.#end(socket);
    };
    let isConnected = false;
    socket.on('error', (error) => {
      const code = systemCodeOf(error) ?? 'EIO';
      if (this.#pending.has(socket)) fail(isConnected ? handshakeFailure(code) : code);
    });
    socket.once('connect', () => {
      const connectedAt = monotonicNow();
      isConnected = true;
      this.localAddress ??= socket.localAddress ?? null;
      this.#handshake.begin(socket, (secured, error) => {
        if (!this.#pending.has(socket)) return;
        if (secured === null) return fail(error);
        const handshakeNs = monotonicNow() - connectedAt;
        this.#facts ??= { ...tlsFacts(secured, Date.now()), resumed: 0 };
        outcomes.handleAnswer(sequence, connectedAt, { from: address, ttl: null, retransmitted: null, handshakeNs });
        this.#end(socket, secured);
      });
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

  /** @param secured - of a handshake that is complete: another may be shutting its connection down */
  #end(socket: Socket, secured?: Socket): void {
    this.#pending.delete(socket);
    if (this.#plan.reset && secured) resetConnection(socket, secured);
    else socket.destroy();
    this.#wake();
  }
}
