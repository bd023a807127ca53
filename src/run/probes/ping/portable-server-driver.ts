/**
 * Probes by datagrams to a server of winze with the sockets of Node: times of the event loop, and no word of ICMP.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import type { ProbeOctets } from '../../../path/ping/probe-payload.ts';
import type { DueProbe, ProbeOutcomes } from '../../../path/probe-engine.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { DatagramChannel } from '../../portable/stream.ts';
import { RETURNED } from './datagram-driver.ts';
import type { PingDriver } from './ping-driver.ts';

/** Where probes go, over which channel. */
export interface PortableServerPlan {
  readonly channel: DatagramChannel;
  readonly payload: ProbeOctets;
  readonly lengthBytes: number;
  readonly address: string;
  readonly port: number | null;
  readonly localAddress: string;
}

/** Sends probes over a stream that is open, and hears their replies. */
export class PortableServerDriver implements PingDriver {
  readonly method = RETURNED;
  readonly timestamps = 'user';
  readonly lengthBytes: number;
  readonly port: number | null;
  readonly localAddress: string;
  readonly #plan: PortableServerPlan;
  /** Those of the engine that sent the last probe: there is one for each lane. */
  #outcomes: ProbeOutcomes | null = null;

  /** @param wake - called when something became of a probe */
  constructor(plan: PortableServerPlan, wake: () => void) {
    this.#plan = plan;
    this.lengthBytes = plan.lengthBytes;
    this.port = plan.port;
    this.localAddress = plan.localAddress;
    plan.channel.onDatagram = (bytes) => {
      const receivedAt = monotonicNow();
      const sequence = plan.payload.sequenceOf(bytes);
      if (sequence === undefined || this.#outcomes === null) return;
      this.#outcomes.handleAnswer(sequence, receivedAt, { from: plan.address, ttl: null, retransmitted: null });
      wake();
    };
  }

  prepare(): void {}

  send({ sequence }: DueProbe, outcomes: ProbeOutcomes): Instant {
    this.#outcomes = outcomes;
    const at = monotonicNow();
    // Node may send it later, so it is copied.
    this.#plan.channel.send(this.#plan.payload.of(sequence, at).slice());
    return at;
  }

  watch(): void {}

  read(): void {}

  giveUp(): void {}

  close(): void {
    this.#plan.channel.close();
  }
}
