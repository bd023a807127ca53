/**
 * Runs the searches that share a socket: sends their probes, reports what became of them, and waits for what is next.
 *
 * The thread waits for the socket in slices of 5 ms, and has a turn of the event loop between two of them: there the
 * control connection of a server is served, and Ctrl-C arrives.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { type Instant, NS_PER_MS } from '../../../core/time.ts';
import { POLL } from '../../../native/constants.ts';
import type { Poller } from '../../../native/poller.ts';
import type { MtuSearch } from '../../../path/mtu/mtu-search.ts';
import type { VanishingHop } from '../../../path/mtu/vanishing-hop.ts';
import { monotonicNow } from '../../monotonic.ts';
import { CHANNEL, type MtuPort, type PortEvent, probeNumber, probeOf } from './mtu-port.ts';

const SLICE = 5 * NS_PER_MS;

/** The searches that run at the same time; `null` for none. */
export interface Searches {
  readonly forward: MtuSearch | null;
  readonly backward: MtuSearch | null;
  readonly hops: VanishingHop | null;
}

/** What came besides answers. */
export interface LoopNotes {
  /** Who said that the target cannot be reached, and why: the first of them. `null` if nobody did. */
  unreachable: { readonly reason: string; readonly from: string | null } | null;
  /** Name of the error with which the system sent no probe; `null` if it did not. */
  sendError: string | null;
}

/** Runs the searches to their end, or until `signal` aborts. */
export async function runSearches(
  port: MtuPort,
  poller: Poller,
  searches: Searches,
  signal: AbortSignal,
): Promise<LoopNotes> {
  const notes: LoopNotes = { unreachable: null, sendError: null };
  const all = [searches.forward, searches.backward, searches.hops].filter((search) => search !== null);
  for (const search of all) search.begin(monotonicNow());
  for (;;) {
    const now = monotonicNow();
    for (const event of port.receive()) handle(event, searches, notes, now);
    for (const search of all) search.handleTimeout(now);
    transmit(port, searches, notes);
    if (signal.aborted || all.every((search) => search.isOver)) break;
    poller.clear();
    poller.add(port.fd, POLL.in);
    poller.wait(Math.min(SLICE, nextOf(all) - monotonicNow()));
    await setImmediate();
  }
  const now = monotonicNow();
  searches.forward?.stop(now);
  searches.backward?.stop(now);
  return notes;
}

function nextOf(all: readonly { pollTimeout(): Instant | undefined }[]): Instant {
  return all.reduce((next, search) => Math.min(next, search.pollTimeout() ?? next), Number.POSITIVE_INFINITY);
}

function transmit(port: MtuPort, { forward, backward, hops }: Searches, notes: LoopNotes): void {
  for (const [search, channel] of [[forward, CHANNEL.forward] as const, [backward, CHANNEL.backward] as const]) {
    for (let probe = search?.pollTransmit(); probe; probe = search?.pollTransmit()) {
      const { id, size } = probe;
      const result = port.send({ number: probeNumber(channel, id), size, ttl: null });
      if (result.tag === 'failed') notes.sendError ??= result.reason;
      if (result.tag === 'too-large' && channel === CHANNEL.forward) {
        search?.handleRefusal(id, result.most, monotonicNow());
      }
    }
  }
  for (let probe = hops?.pollTransmit(); probe; probe = hops?.pollTransmit()) {
    port.send({ number: probeNumber(CHANNEL.hops, probe.id), size: probe.size, ttl: probe.ttl });
  }
}

function handle(event: PortEvent, { forward, backward, hops }: Searches, notes: LoopNotes, now: Instant): void {
  switch (event.tag) {
    case 'answer': {
      const { channel, id } = probeOf(event.number);
      if (channel === CHANNEL.forward) forward?.handleAnswer(id, now);
      else if (channel === CHANNEL.backward) backward?.handleAnswer(id, now);
      else hops?.handleReached(id, event.from);
      return;
    }
    case 'fragmented': {
      const { channel, id } = probeOf(event.number);
      if (channel === CHANNEL.forward) forward?.handleFragmented(id, event.fragmentBytes, now);
      if (channel === CHANNEL.backward) backward?.handleFragmented(id, event.fragmentBytes, now);
      return;
    }
    case 'hint':
      (event.way === 'forward' ? forward : backward)?.handleHint(event.mtu, 'icmp', event.from, now);
      return;
    case 'refused':
      backward?.handleRefusal(probeOf(event.number).id, event.most, now);
      return;
    case 'exceeded': {
      const { channel, id } = probeOf(event.number);
      if (channel === CHANNEL.hops) hops?.handleExceeded(id, event.from);
      else notes.unreachable ??= { reason: 'that the TTL ran out, as in a routing loop', from: event.from };
      return;
    }
    case 'unreachable':
      notes.unreachable ??= { reason: event.reason, from: event.from };
      return;
    default:
      event satisfies never;
  }
}
