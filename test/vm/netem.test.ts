/**
 * What a path does to packets, done by netem in the kernel of a machine that is the router, and what winze says of it.
 *
 * Counts are held to a capture behind netem and to netem's own counters, exactly, and to its setting within four
 * standard deviations. Times are held to netem's setting from below, always, and to the capture and from above where
 * the capture shows that the machine was not late itself: it is an emulation, on processors that others use as well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPeers } from '../interop/support/peers.ts';
import { CAUSES, type Cause, type Check, checks, isQuiet } from './support/netem-checks.ts';
import { NetemPath } from './support/netem-path.ts';
import { type Measured, measure, serve } from './support/netem-run.ts';

/** Tests at once, each on a path of its own. */
const LANES = 4;
/** Causes that limit TCP by themselves; with the others, a rate keeps the machine idle. */
const LIMITS: readonly Cause[] = ['loss', 'gemodel', 'corrupt', 'rate'];
/** Of the portable engine: over TCP it has no figures of its own but times and rate, and loss has no other way in. */
const PORTABLE = {
  udp: ['nothing', 'delay', 'jitter', 'loss', 'reorder', 'duplicate', 'corrupt', 'rate'],
  tcp: ['nothing', 'delay', 'rate'],
} as const satisfies Readonly<Record<'udp' | 'tcp', readonly Cause[]>>;

const CELLS = (Object.keys(CAUSES) as Cause[]).flatMap((cause) =>
  (['up', 'down'] as const).flatMap((way) =>
    (['udp', 'tcp'] as const).flatMap((protocol) =>
      (['linux', 'portable'] as const)
        .filter((engine) => engine === 'linux' || PORTABLE[protocol].some((one) => one === cause))
        .map((engine) => ({
          name: `${cause}, ${way}, ${protocol}, ${engine}`,
          cause,
          netem: CAUSES[cause],
          way,
          protocol,
          engine,
          options: protocol === 'udp' ? udpOptions(cause) : tcpOptions(cause),
        })),
    ),
  ),
);

function udpOptions(cause: Cause): readonly string[] {
  // What is tried after a test goes through netem as well, and would be in its counters.
  const rate = cause === 'rate' ? ['-b', '6M'] : ['-b', '2M', '--no-trial'];
  return ['-l', '500', '-d', '1s', '-g', '5ms', ...rate];
}

function tcpOptions(cause: Cause): readonly string[] {
  const rate = LIMITS.includes(cause) ? [] : ['-b', '3M'];
  // Probes that do not overtake one another: TCP would put them in order again.
  const gap = cause === 'jitter' ? ['-g', '65ms', '-d', '2s'] : ['-g', '15ms', '-d', '1200ms'];
  return [...gap, ...rate];
}

const skipped = missingPeers(['ip', 'tc', 'ethtool', 'tcpdump', 'ping', 'kernel']);

describe.skipIf(skipped)('netem', () => {
  const path = new NetemPath(LANES);
  const folder = mkdtempSync(join(tmpdir(), 'wz-netem-'));
  const runs = new Map<string, Promise<Measured>>();

  beforeAll(async () => {
    await path.create();
    await serve(path);
    for (const cell of CELLS) begin(cell);
  });
  afterAll(async () => {
    await Promise.allSettled(runs.values());
    await path.destroy();
    rmSync(folder, { recursive: true });
  });

  const turns: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve());
  function begin(cell: (typeof CELLS)[number]): void {
    const lane = CELLS.indexOf(cell) % LANES;
    const run = (turns[lane] ?? Promise.resolve()).then(() => measure(path, cell, lane, folder));
    // Its test tells of a failure; the next one on the lane goes on.
    turns[lane] = run.catch(() => {});
    runs.set(cell.name, run);
  }

  const measured = (name: string): Promise<Measured> => {
    const run = runs.get(name);
    if (!run) throw new Error(`no test of ${name}`);
    return run;
  };

  test.for(CELLS)('$name', async (cell, { task }) => {
    if ((task.result?.retryCount ?? 0) > 0) begin(cell);
    const { name, cause, way, protocol, engine } = cell;
    const one = await measured(name);
    const plain = await measured(`nothing, ${way}, ${protocol}, ${engine}`);
    const found = checks(cell, one, plain);
    const busy = isQuiet(cause, one) && isQuiet('nothing', plain) ? '' : ' (the machine was late)';
    const { bandwidth } = one;
    const limited = bandwidth.limited_by.map(({ cause: named, evidence }) => `${named}: ${evidence}`);
    console.info([`${name}${busy}: ${limited}`, ...found.map(wordsOf)].join('\n  '));
    expect(found.filter(({ value, low, high }) => !(value >= low && value <= high)).map(wordsOf)).toEqual([]);
    expect([...bandwidth.warnings, ...one.latency.warnings]).toEqual([]);
  });
});

function wordsOf({ what, value, low, high }: Check): string {
  const [of, from, to] = [value, low, high].map((one) => Number(one.toPrecision(5)));
  return `${what}: ${of}, ${low === high ? `expected ${from}` : `within ${from} .. ${to}`}`;
}
