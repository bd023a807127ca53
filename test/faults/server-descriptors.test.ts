/** Servers with few descriptors (ulimit -n), and tests of connections that need many. */
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { type ConnectionTestResult, connect, type ResultDocument } from '../../dist/index.js';
import { BIN, eventually, expectValid, MS } from '../net/harness.ts';

const isLinux = process.platform === 'linux';

function resultOf(document: ResultDocument): ConnectionTestResult {
  expectValid(document);
  const [result] = document.tests;
  if (result?.test !== 'connections') throw new Error('no test of connections');
  return result;
}

/** Runs `use` with a server in a process of its own that has `descriptors`; what it said is returned. */
async function withFewDescriptors(
  descriptors: number,
  argv: string,
  use: (port: number) => Promise<void>,
): Promise<string> {
  const command = `ulimit -n ${descriptors}; exec "${process.execPath}" "${BIN}" -s -ip 127.0.0.1 -port 0 --no-host-facts ${argv}`;
  const server = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  try {
    const listening = /^Listening on port (\d+) /m;
    await eventually('the server listens', () => listening.test(said));
    await use(Number(listening.exec(said)?.[1]));
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => (server.exitCode === null ? server.once('close', resolve) : resolve(null)));
  }
  return said;
}

test.skipIf(!isLinux)('two tests at a time need no more descriptors than one', async () => {
  await withFewDescriptors(200, '', async (port) => {
    const run = () =>
      connect({ host: '127.0.0.1', port, tests: [{ test: 'connections', streams: 4, duration_ns: 1500 * MS }] });
    for (const result of (await Promise.all([run(), run()])).map(resultOf)) {
      expect(result.connections_opened).toBeGreaterThan(100);
      expect([result.connections_accepted, result.failures]).toEqual([result.connections_opened, []]);
    }
  });
});

test.skipIf(!isLinux)(
  'a server without descriptors says so once, counts EMFILE, and serves other clients',
  async () => {
    const said = await withFewDescriptors(150, '--max-held 400', async (port) => {
      const wish = { test: 'connections', hold_connections: 300, streams: 4, duration_ns: 2500 * MS } as const;
      const holding = connect({ host: '127.0.0.1', port, tests: [wish] });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      // Now all that the server may have are held.
      const other = await connect({
        host: '127.0.0.1',
        port,
        tests: [{ bytes: 1e6 }, { bytes: 1e6, direction: 'download' }],
      });
      expect(other.tests.map(({ complete, error }) => [complete, error])).toEqual([
        [true, null],
        [true, null],
      ]);
      const result = resultOf(await holding);
      const { held, failures, clipped, connections_accepted: accepted, complete } = result;
      expect([complete, clipped, accepted]).toEqual([true, [], 300]);
      expect(failures.map(({ end, error }) => [end, error])).toEqual([['server', 'EMFILE']]);
      expect(held?.open_at_server).toBeGreaterThan(20);
      expect((held?.open_at_server ?? 0) + (failures[0]?.n ?? 0)).toBe(300);
      expect(held?.open_at_client).toBe(held?.open_at_server);
    });
    expect(said.match(/no descriptor is left/g)).toHaveLength(1);
    expect(said.replaceAll(/\s+/g, ' ')).toMatch(
      /no descriptor is left \(EMFILE\): .* raise ulimit -n, or lower --max-held /,
    );
  },
);

test.skipIf(!isLinux)('--max-held is what a client is granted', async () => {
  await withFewDescriptors(1000, '--max-held 12', async (port) => {
    const wish = { test: 'connections', hold_connections: 50, duration_ns: 300 * MS } as const;
    const result = resultOf(await connect({ host: '127.0.0.1', port, tests: [wish] }));
    expect(result.clipped).toEqual([{ field: 'hold_connections', asked: 50, granted: 12 }]);
    expect(result.held).toMatchObject({ wanted: 12, open_at_client: 12, open_at_server: 12 });
  });
});
