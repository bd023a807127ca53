/**
 * What the lab does next, in one line for a person who waits.
 *
 * @module
 */
import type { LabEvent, LabLink } from '../../core/shapes/lab.ts';
import { NS_PER_S } from '../../core/time.ts';
import { percentText, rateText, timeText } from '../text/figures.ts';

type LabTestEvent = Extract<LabEvent, { readonly tag: 'test' }>;

/** What imposes rate, delay and loss on the line. */
const MAKERS = { tbf: "the kernel's tbf", netem: "the kernel's netem", relay: 'a relay' } as const;

/** The line between both ends as the end of a sentence, after "joined by". */
export function linkWords({ kind, mtu_bytes, rate_bps, delay_ns, loss_ratio, impaired_by }: LabLink): string {
  const what = {
    veth: 'a pair of virtual Ethernet devices',
    relay: 'a relay between two TUN devices',
    loopback: 'UDP over loopback',
  }[kind];
  const limits = [
    ...(rate_bps === null ? [] : [rateText(rate_bps)]),
    ...(delay_ns === 0 ? [] : [`${timeText(delay_ns)} of delay`]),
    ...(loss_ratio === 0 ? [] : [`${percentText(loss_ratio)} loss`]),
  ];
  if (limits.length === 0) return `${what} (MTU ${mtu_bytes})`;
  const by = impaired_by === null || impaired_by === kind ? '' : `, by ${MAKERS[impaired_by]}`;
  return `${what} (MTU ${mtu_bytes}; ${limits.join(', ')} each way${by})`;
}

/** The line about an event; `null` if it needs none. A test that runs on all rows has a line for the first row only. */
export function labProgress(event: LabEvent): string | null {
  switch (event.tag) {
    case 'link':
      return event.mode === 'namespaces'
        ? `two network stacks, joined by ${linkWords(event.link)}`
        : `two tunnel engines without network stacks, joined by ${linkWords(event.link)}`;
    case 'row':
      return `up: ${event.name}, MTU ${event.mtu_bytes}`;
    case 'left-out':
      return `left out: ${event.left_out.what}: ${event.left_out.reason}`;
    case 'test':
      return testProgress(event);
    default:
      return event satisfies never;
  }
}

/** The test that runs now, and the seconds left, for a status line that changes with every test. */
export function labStatus(event: LabTestEvent): string {
  const left = Math.max(1, Math.round(event.left_ns / NS_PER_S));
  const row = event.row === 'plain' ? 'plain line' : event.row;
  return `${stepWords(event)}: ${row} (${left} s left)`;
}

function testProgress(event: LabTestEvent): string | null {
  // In this phase TCP starts first; it only loads the line for the probes.
  if (event.phase === 'load') return event.test === 'latency' ? `${stepWords(event)}: ${event.row}` : null;
  return event.row === 'plain' ? stepWords(event) : null;
}

function stepWords({ phase, round, rounds, test, protocol, rate_bps }: LabTestEvent): string {
  const paced = rate_bps === null ? '' : ` at ${rateText(rate_bps)}`;
  const what = test === 'latency' ? 'round trips' : `${protocol.toUpperCase()}${paced}`;
  switch (phase) {
    case 'compare':
      return `round ${round} of ${rounds}, ${what}`;
    case 'load':
      return 'round trips beside TCP';
    case 'count':
      return `counting octets on the line, ${what}`;
    default:
      return phase satisfies never;
  }
}
