/**
 * A system that refuses sendmmsg() and recvmmsg(), as gVisor and some sandboxes do: everything works, with a call a
 * datagram, and says so. A filter of system calls (seccomp) plays the sandbox.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'bin/winze.js');
const SANDBOX = [
  'env',
  `NODE_OPTIONS=--import ${pathToFileURL(join(ROOT, 'test/support/refuse-calls.mjs'))}`,
  'WINZE_REFUSE=sendmmsg,recvmmsg',
  process.execPath,
  BIN,
];
const NOTICE = /this system refuses sendmmsg\(\) and recvmmsg\(\) \(ENOSYS\): one call a datagram/;

const skipped = missingPeers(['ip']);

describe.skipIf(skipped)('a sandbox without sendmmsg and recvmmsg', () => {
  const network = new Network<'here'>('here');

  beforeAll(async () => {
    network.create();
    const server = network.start('here', [...SANDBOX, '-s']);
    await server.says(/Listening/);
    expect(server.stdout.replaceAll('\n  ', ' ')).toMatch(NOTICE);
  });
  afterAll(() => network.destroy());

  // A datagram above the MTU of the path has no UDP_SEGMENT: it is what sendmmsg() is for.
  test.each([
    ['upload', ['-p', 'udp', '-b', '20M']],
    ['download', ['-p', 'udp', '-b', '20M', '-r']],
    ['upload of large datagrams', ['-p', 'udp', '-b', '20M', '-l', '65507']],
  ] as const)('UDP %s arrives whole, at little cost', async (_name, argv) => {
    const run = network.attempt('here', [...SANDBOX, '-c', '127.0.0.1', '-d', '1s', '--json', ...argv]);
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).toMatch(NOTICE);
    const { tests } = JSON.parse(run.stdout);
    const [flow] = tests[0].flows;
    expect([flow.packets_lost, flow.packets_received]).toEqual([0, flow.packets_sent]);
    expect(flow.packets_sent).toBeGreaterThan(30);
    // Turning for nothing took a whole processor.
    for (const end of ['client', 'server'] as const) {
      console.info(`${argv.join(' ')}: ${end} ${tests[0].cpu?.[end]?.busiest_thread_ratio}`);
    }
  });

  test('probes are answered', () => {
    const run = network.attempt('here', [...SANDBOX, '-c', '127.0.0.1', '-d', '1s', '--json', '-t', 'l']);
    expect(run.status, run.stderr).toBe(0);
    expect(JSON.parse(run.stdout).tests[0].packets_lost).toBe(0);
  });
});
