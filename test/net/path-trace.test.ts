/**
 * Traces of the loopback, by the built library: they run in a thread, whose entry is a built file.
 */
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { probe } from '../../dist/index.js';
import type { ProbeEvent } from '../../src/core/shapes/path/events.ts';
import { loadLibc } from '../../src/native/libc.ts';
import { portOf } from '../support/probe-request.ts';
import { isPath } from '../support/schemas.ts';

const LOOPBACK = '127.0.0.1';

describe.skipIf(loadLibc() === null)('traces of the loopback', () => {
  test('UDP to a port on which nothing listens, and TCP to one that does and one that does not', async () => {
    const server = createServer((socket) => socket.on('error', () => {}));
    const port = await portOf(server);
    const target = { name: LOOPBACK, port };
    const open = await probe({ target, tests: [{ test: 'trace', protocol: 'tcp', names: false }] });
    await new Promise((resolve) => server.close(resolve));
    const closed = await probe({ target, tests: [{ test: 'trace', protocol: 'tcp', names: false }] });
    const udp = await probe({ target: { name: LOOPBACK }, tests: [{ test: 'trace', names: false, count: 2 }] });
    for (const document of [open, closed, udp]) {
      expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
      expect(document.complete).toBe(true);
      const [result] = document.tests;
      if (result?.test !== 'trace') throw new Error('no trace');
      expect(result).toMatchObject({ reached: true, hop_count: 1, loss_ratio: 0, address: LOOPBACK });
      expect(result.hops.map(({ addresses }) => addresses.map(({ address }) => address))).toEqual([[LOOPBACK]]);
    }
    expect(udp.tests[0]).toMatchObject({ rounds: 2, method: 'udp error queue', source: { address: LOOPBACK } });
  });

  test.each([
    ['with an end is not complete', 1000, { complete: false, error: { code: 'ERR_ABORTED' } }],
    ['without an end is complete', null, { complete: true, error: null }],
  ] as const)('mtr tells its rounds, and one %s when it is stopped', async (_what, count, ending) => {
    const abort = new AbortController();
    const events: ProbeEvent[] = [];
    const document = await probe({
      target: { name: LOOPBACK },
      tests: [{ test: 'mtr', protocol: 'tcp', names: false, gap_ns: 20e6, count }],
      signal: abort.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.tag === 'round' && event.round.rounds >= 5) abort.abort();
      },
    });
    expect(document).toMatchObject(ending);
    const [result] = document.tests;
    expect(result).toMatchObject({ test: 'mtr', reached: true, ...ending });
    const rounds = events.flatMap((event) => (event.tag === 'round' ? [event.round.rounds] : []));
    // On a busy host one may be told with the next.
    expect(rounds.length).toBeGreaterThanOrEqual(2);
    expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
    expect(rounds.at(-1)).toBeGreaterThanOrEqual(5);
    expect(events[0]).toMatchObject({ tag: 'probe-started', test: 'mtr', name: LOOPBACK });
  });

  test('what cannot be is refused with the field or the option', async () => {
    const target = { name: LOOPBACK };
    const refused = (spec: object): Promise<unknown> => probe({ target, tests: [{ test: 'trace', ...spec }] });
    await expect(refused({ max_hops: 0 })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(/max_hops/),
    });
    await expect(refused({ paths: 2, protocol: 'tcp' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(/--paths/),
    });
    await expect(refused({ count: 101 })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(/100 probes/),
    });
    await expect(probe({ target, tests: [{ test: 'trace' }], engine: 'portable' })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
    });
  });
});
