/**
 * What the loop of a trace needs of sockets.
 *
 * @module
 */
import type { Clock, Instant, Nanos } from '../../../core/time.ts';
import type { Poller } from '../../../native/poller.ts';
import type { Probe, ProbeAnswer } from '../../../path/trace/trace-plan.ts';

/** Sockets that send probes of one protocol and read their answers. */
export interface ProbePort {
  /** How, for the result. */
  readonly method: string;
  /** Local address; `null` where the system does not say. */
  readonly localAddress: string | null;
  /** Source port of each flow; `null` where there are none, or each probe has its own. */
  readonly sourcePorts: readonly number[] | null;
  /** Sends a probe. @returns the name of the error with which the system refuses it; `null` if it was sent */
  readonly send: (probe: Probe, now: Instant) => string | null;
  /** Adds the descriptors to wait for. */
  readonly addTo: (poller: Poller) => void;
  /** Takes the answers that are there. The time of each is that of the kernel, where it stamps them. */
  readonly collect: (clock: Clock, onAnswer: (answer: ProbeAnswer) => void) => void;
  readonly close: () => void;
}

/** A greater age of an answer is an error of the wall clock: nothing is waited for as long. */
export const OLDEST_NS: Nanos = 10e9;

/** What sockets of a trace are opened for. */
export interface PortPlan {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly family: 4 | 6;
  readonly address: string;
  /** Destination port; 0 for ICMP. */
  readonly port: number;
  readonly flows: number;
  /** Local address and device; `null` leaves both to the route. */
  readonly source: { readonly address: string | null; readonly device: string | null };
  readonly clientPort: number | null;
  readonly tos: number | null;
  /** Octets behind the header of UDP or ICMP; `null` for the least. */
  readonly lengthBytes: number | null;
}
