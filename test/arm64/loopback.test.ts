/** Two programs for arm64, as a user starts them: the Linux engine at both ends, and nothing that was not measured is 0. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResultDocument } from '../../dist/index.js';
import { eventually, expectValid, type Program, winze } from '../net/harness.ts';

const LIMIT_MS = 120_000;

describe('winze -s and winze -c', () => {
  let server: Program;
  let port = '';
  beforeAll(async () => {
    server = winze(['-s', '-ip', '127.0.0.1', '-port', '0'], 2 * LIMIT_MS);
    const said = /^Listening on port (\d+) /m;
    await eventually('the server says where it listens', () => said.test(server.stdout()), LIMIT_MS);
    port = said.exec(server.stdout())?.[1] ?? '';
  });
  afterAll(async () => {
    server.kill('SIGTERM');
    await server.ended;
  });

  const client = async (...argv: string[]): Promise<string> => {
    const { status, stdout, stderr } = await winze(['-c', '127.0.0.1', '-port', port, ...argv], LIMIT_MS).ended;
    expect([status, stderr]).toEqual([0, '']);
    return stdout;
  };

  test('measure TCP, UDP and latency on the Linux engine', async () => {
    const text = await client('-p', 'tcp,udp', '-t', 'b,l', '-d', '500ms', '-b', '20M', '--json');
    const document = JSON.parse(text) as ResultDocument;
    expectValid(document);
    expect(document.tests.map(({ test, protocol }) => `${protocol} ${test}`).sort()).toEqual([
      'tcp bandwidth',
      'tcp latency',
      'udp bandwidth',
      'udp latency',
    ]);
    for (const one of document.tests) {
      expect(one).toMatchObject({ complete: true, error: null, engines: { client: 'linux', server: 'linux' } });
      if (one.test === 'latency') {
        expect(one.packets_received).toBeGreaterThan(0);
        expect(one.rtt_ns.p50).toBeGreaterThan(0);
        continue;
      }
      const [flow] = one.test === 'bandwidth' ? one.flows : [];
      expect(flow?.bytes_received).toBeGreaterThan(0);
      if (one.protocol === 'udp') expect(flow?.packets_received).toBeGreaterThan(0);
      const { rtt_ns, min_rtt_ns, snd_cwnd_bytes, mss_bytes, pmtu_bytes } = flow?.tcp ?? {};
      for (const gauge of [rtt_ns, min_rtt_ns, snd_cwnd_bytes, mss_bytes, pmtu_bytes]) expect(gauge).not.toBe(0);
    }
    // Word of a system that refuses to take many datagrams a call.
    expect(`${server.stdout()}${server.stderr()}`).not.toMatch(/refuses/);
  });

  test('print what was not measured as such', async () => {
    const table = await client('-d', '500ms', '-b', '20M');
    // QEMU tells nothing of TCP_INFO.
    for (const row of ['RTT, variation', 'congestion window', 'MSS, path MTU']) {
      expect(table).toMatch(new RegExp(`^ *${row} +(-(, -)?|[1-9].*)$`, 'm'));
    }
    expect(table).toMatch(/^client: .*arm64/m);
  });
});
