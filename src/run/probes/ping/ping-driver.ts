/**
 * What sends the probes of a ping and hears their answers.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import type { Poller } from '../../../native/poller.ts';
import type { DueProbe, ProbeOutcomes } from '../../../path/probe-engine.ts';

/** One way of probing: ICMP echo, datagrams, or connections. It tells an engine what becomes of them. */
export interface PingDriver {
  /** As in the result: `ping socket`, `tcp connect`. */
  readonly method: string;
  /** What stamps the answers. */
  readonly timestamps: 'kernel' | 'user';
  /** Octets of payload of a probe; `null` for connections. */
  readonly lengthBytes: number | null;
  /** `null` for ICMP. */
  readonly port: number | null;
  /** Local address of the probes; `null` as long as it is not known. */
  readonly localAddress: string | null;
  /** Whether the target answered by ICMP "port unreachable", which hosts limit; `undefined` where it cannot. */
  readonly isAnsweredByIcmp?: boolean;
  /** Makes ready what the next probe needs, shortly before it is due: that takes tens of microseconds. */
  prepare(sequence: number): void;
  /** Sends a probe. What the system refuses is a failure of this probe. @returns when it left */
  send(probe: DueProbe, outcomes: ProbeOutcomes): Instant;
  /** Adds what this driver waits for. Not called where the event loop does the waiting. */
  watch(poller: Poller): void;
  /** Handles what was received, after a wait. */
  read(outcomes: ProbeOutcomes): void;
  /** Forgets probes that the engine has given up: their sockets are closed. */
  giveUp(before: Instant): void;
  close(): void;
}
