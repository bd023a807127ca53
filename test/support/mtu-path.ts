/**
 * A path with a narrow link, in virtual time, for searches of its MTU.
 *
 * @module
 */
import type { MtuOutcome } from '../../src/path/mtu/mtu-outcome.ts';
import { MtuSearch, type MtuSearchSpec } from '../../src/path/mtu/mtu-search.ts';
import { randomFrom } from './tunnel-link.ts';

export const MS = 1e6;

/** One direction of a path, with the way back of its acknowledgements. */
export interface MtuPath {
  /** Largest packet that passes. */
  readonly mtu: number;
  readonly rttNs: number;
  /** Share of probes that are lost, whatever their size. */
  readonly loss?: number;
  /** MTUs that ICMP names for each packet that is too large; none where it is filtered. */
  readonly icmp?: (size: number, count: number) => readonly number[];
  /** ICMP that comes although the packet passed. */
  readonly forged?: (size: number, count: number) => readonly number[];
  /** Packets that are too large arrive in fragments of this size at most. */
  readonly fragments?: number;
  /** Largest packet that the sender's own system takes. */
  readonly deviceMtu?: number;
  /** Round trip of one probe, by its number. */
  readonly delayOf?: (id: number) => number;
  /** From when to when nothing is answered. */
  readonly away?: readonly [number, number];
  /** Answers in a burst, and then one in this time: as of a host that limits its ICMP. */
  readonly scarceNs?: number;
}

export const USUAL: MtuSearchSpec = {
  family: 4,
  least: 80,
  most: 1500,
  kernelMtu: null,
  parallel: 12,
  gapNs: 30 * MS,
  pauseNs: 100 * MS,
  rateBps: 4e6,
  limitNs: 60_000 * MS,
};

export interface Played extends MtuOutcome {
  /** Sizes in the order in which they were sent, and when. */
  readonly sent: readonly { readonly size: number; readonly at: number }[];
}

/** Plays a search over a path to its end. */
export function play(path: MtuPath, changes: Partial<MtuSearchSpec> = {}, seed = 1): Played {
  const search = new MtuSearch({ ...USUAL, ...changes });
  const random = randomFrom(seed);
  const sent: { size: number; at: number }[] = [];
  const pending: { at: number; act: (now: number) => void }[] = [];
  let now = 1000 * MS;
  let tokens = 6;
  let tokensAt = now;
  const isAway = (): boolean => path.away !== undefined && now >= path.away[0] && now < path.away[1];

  function transmit(): void {
    for (let probe = search.pollTransmit(); probe; probe = search.pollTransmit()) {
      const { id, size } = probe;
      sent.push({ size, at: now });
      if (path.deviceMtu !== undefined && size > path.deviceMtu) {
        search.handleRefusal(id, path.deviceMtu, now);
        continue;
      }
      const at = now + (path.delayOf?.(id) ?? path.rttNs);
      const names = (mtus: readonly number[] = []): void => {
        for (const mtu of mtus)
          pending.push({ at: at - 1, act: (then) => search.handleHint(mtu, 'icmp', '192.0.2.9', then) });
      };
      names(path.forged?.(size, sent.length));
      if (random() < (path.loss ?? 0) || isAway()) continue;
      if (size > path.mtu) {
        const { fragments } = path;
        if (fragments !== undefined) pending.push({ at, act: (then) => search.handleFragmented(id, fragments, then) });
        names(path.icmp?.(size, sent.length));
        continue;
      }
      if (path.scarceNs !== undefined) {
        tokens = Math.min(6, tokens + (now - tokensAt) / path.scarceNs);
        tokensAt = now;
        if (tokens < 1) continue;
        tokens--;
      }
      pending.push({ at, act: (then) => search.handleAnswer(id, then) });
    }
  }

  search.begin(now);
  transmit();
  for (let steps = 0; !search.isOver; steps++) {
    if (steps > 50_000) throw new Error('the search does not end');
    pending.sort((a, b) => a.at - b.at);
    const due = search.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const next = pending[0];
    if (next && next.at <= due) {
      pending.shift();
      now = Math.max(now, next.at);
      next.act(now);
    } else {
      now = Math.max(now, due);
      search.handleTimeout(now);
    }
    transmit();
  }
  return { ...search.outcome, sent };
}
