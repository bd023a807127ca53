/**
 * Threads that help to seal and to open, under load in both directions: nothing ends, and on a line that loses,
 * repeats and damages nothing, no packet is found to be repeated or damaged.
 *
 * `WINZE_TUNNEL_LOAD_MINUTES=10` makes each of them so long: that is the soak of these threads.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DROP_ADVICE } from '../../src/report/tunnel/tunnel-drop.ts';
import { must, until } from './support/commands.ts';
import { leftOutWith, PEER, SLOWER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { inLab, type Side } from './support/tunnel-lab.ts';

const WINZE = join(import.meta.dirname, '../../bin/winze.js');
const skipped = missingPeers(['ip', 'ping', 'wg', 'iperf3', 'taskset', ...(PEER === 'kernel' ? [PEER] : [])]);

const SECONDS = Math.round(60 * Number(process.env.WINZE_TUNNEL_LOAD_MINUTES ?? (PEER === 'kernel' ? 0.05 : 0.1)));
/**
 * What a full queue makes is no sign of a wrong packet; hosts send to their neighbours by themselves; and on a machine
 * that is busy for 5 s, the answer to a handshake comes when it was sent again.
 */
const HARMLESS = new Set([
  'device-full',
  'send-failed',
  'no-peer',
  'source-not-allowed',
  'congestion-marked',
  'unknown-index',
]);
/** For an end to be down: by a signal that it was not sent, it would be so before. */
const DOWN_LIMIT_MS = 60_000;

interface Report {
  readonly error?: string;
  readonly end?: Readonly<
    Record<'sum_received' | 'sum_received_bidir_reverse', { readonly bytes: number } | undefined>
  >;
}

/** Drops that tell of a packet that was not what it should have been. */
function damages(device: string): Readonly<Record<string, number>> {
  const { devices } = JSON.parse(must([process.execPath, WINZE, 'tunnel', 'show', '--json', device]));
  const [{ counts, peers }] = devices;
  const all: [string, number][] = [counts, ...peers.map((peer: { counts: object }) => peer.counts)].flatMap(
    Object.entries,
  );
  return Object.fromEntries(
    all.filter(([name]) => name === 'thread-lost' || (Object.hasOwn(DROP_ADVICE, name) && !HARMLESS.has(name))),
  );
}

/** The other end is winze, too, unless it is the kernel: then the load is what an emulated processor carries. */
const FAR = PEER === 'kernel' ? PEER : 'winze';
const HELPERS: readonly (readonly [number, string])[] =
  FAR === 'kernel'
    ? [[2, 'all']]
    : [
        [2, 'all'],
        [3, 'all'],
        [4, 'all'],
        [3, '0,1'],
      ];
leftOutWith('kernel', 'three and four helpers', 'one case shows what an emulated processor can');

describe.skipIf(skipped).each(HELPERS)(
  `%i helpers, on processors %s, and ${FAR} at the far end`,
  (helpers, processors) => {
    test(
      `carry load both ways for ${SECONDS} s`,
      () =>
        inLab(
          async (lab) => {
            const ends = { near: 'winze', far: FAR } as const;
            const winzeOptions = ['--threads', String(1 + helpers)];
            const pinned = processors === 'all' ? {} : { processors };
            const tunnel = await lab.tunnel({ ends, presharedKey: true, winzeOptions, ...pinned });
            await lab.reach('near', tunnel.inside.far[4]);
            const server = lab.network.start('far', ['iperf3', '-s', '-1', '--forceflush']);
            await server.says(/Server listening/, 30_000);
            const load = ['iperf3', '-c', tunnel.inside.far[4], '--bidir', '-t', String(SECONDS), '-J'];
            const client = lab.network.start('near', load);
            await until('iperf3 ends', () => !client.isRunning, (SECONDS + 60 * SLOWER) * 1000);
            const { end, error } = JSON.parse((await client.end()).stdout) as Report;
            expect(error).toBeUndefined();
            for (const sum of ['sum_received', 'sum_received_bidir_reverse'] as const) {
              const bytes = end?.[sum]?.bytes ?? 0;
              console.log(`${helpers} helpers, processors ${processors}: ${sum} ${bytes} in ${SECONDS} s`);
              expect(bytes).toBeGreaterThan(SECONDS * (FAR === 'kernel' ? 50_000 : 1_000_000));
            }
            for (const side of ['near', 'far'] satisfies Side[]) {
              if (ends[side] !== 'winze') continue;
              expect(tunnel[side].isRunning).toBe(true);
              expect(damages(tunnel[side].device), side).toEqual({});
              expect((await tunnel[side].down('SIGTERM', DOWN_LIMIT_MS))?.status, side).toBe(0);
            }
          },
          { ends: { near: 'winze', far: FAR } },
        ),
      (SECONDS + 240 * SLOWER) * 1000,
    );
  },
);
