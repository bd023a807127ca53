/**
 * A name with a dead IPv6 address beside a good IPv4 one: connects as if the dead one were not there, but for the delay of
 * RFC 8305.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPeers } from './support/peers.ts';
import { OUTER, TunnelLab } from './support/tunnel-lab.ts';
import { documentOf, type Run, runOf, Winze } from './support/winze.ts';

const NAME = 'both.winze.test';
/** On the line, so that the kernel goes on asking for its neighbour for three seconds. */
const DEAD = '2001:db8::99';
const RUNS = 5;

const skipped = missingPeers(['ip']);

describe.skipIf(skipped)('a dead AAAA beside a good A', () => {
  const lab = new TunnelLab();
  const winze = new Winze({ start: (side, argv) => lab.network.start(side, argv) });
  // What `ip netns exec` shows as /etc (ip-netns(8)).
  const folder = join('/etc/netns', lab.network.namespace('near'));

  beforeAll(async () => {
    lab.create();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'hosts'), `${DEAD} ${NAME}\n${OUTER[4].far} ${NAME}\n`);
    await winze.serve();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await lab.destroy();
  });

  async function setup(host: string): Promise<{ readonly least: number; readonly run: Run }> {
    const took: number[] = [];
    for (;;) {
      const argv = ['-c', host, '--bytes', '1K', '--json', '-q'];
      const run = runOf(await winze.begin('near', ...argv).end());
      expect([run.status, run.stderr]).toEqual([0, '']);
      took.push(documentOf(run).tests[0]?.setup_ns ?? Number.NaN);
      if (took.length === RUNS) return { least: Math.min(...took), run };
    }
  }

  test('is connected within 300 ms more, and the path says which was taken', async () => {
    const good = await setup(OUTER[4].far);
    const { least, run } = await setup(NAME);
    console.info(`first data after ${good.least / 1e6} ms by address, ${least / 1e6} ms by name`);
    expect(least - good.least).toBeLessThan(300e6);
    const [path] = documentOf(run).paths;
    expect(path).toMatchObject({ name: NAME, client: { remote_address: OUTER[4].far }, error: null });
    expect(path?.notes).toEqual([`${OUTER[4].far} is taken: ${DEAD} had not answered by then`]);
  });
});
