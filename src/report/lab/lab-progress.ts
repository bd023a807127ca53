/**
 * What the lab is about to do, in one line for people who wait.
 *
 * @module
 */
import type { LabEvent, LabLink } from '../../core/shapes/lab.ts';
import { NS_PER_S } from '../../core/time.ts';
import { percentText, rateText, timeText } from '../text/figures.ts';

type LabTestEvent = Extract<LabEvent, { readonly tag: 'test' }>;

const MAKERS = { tbf: "the kernel's tbf", netem: "the kernel's netem", relay: 'a relay' } as const;

/** The line, as a sentence goes on after "joined by". */
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

/** A line about the event; `null` where there is nothing worth one: of a test on all rows, the first has one. */
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

/** What runs now and for how long, for a line that changes with every test. */
export function labStatus(event: LabTestEvent): string {
  const left = Math.max(1, Math.round(event.left_ns / NS_PER_S));
  const row = event.row === 'plain' ? 'plain line' : event.row;
  return `${stepWords(event)}: ${row} (${left} s left)`;
}

function testProgress(event: LabTestEvent): string | null {
  // Elsewhere TCP begins first, which is only what fills the line.
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
