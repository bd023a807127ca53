/**
 * Tests of connections where something runs out: descriptors of the client, ports, or a server that is too old for them. A
 * failure is counted by its name, and the test goes on.
 */
import { spawnSync } from 'node:child_process';
import { createServer, connect as dial, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { type ConnectionTestResult, connect, type ResultDocument } from '../../dist/index.js';
import { BIN, expectValid, MS, withServer } from '../net/harness.ts';

const isLinux = process.platform === 'linux';
const namespaces = isLinux && spawnSync('unshare', ['--user', '--net', '--map-root-user', 'true']).status === 0;
if (!namespaces) console.warn('skipped: a test without free ports needs Linux and unprivileged namespaces (unshare)');

function resultOf(text: string): ConnectionTestResult {
  const document = JSON.parse(text) as ResultDocument;
  expectValid(document);
  const [result] = document.tests;
  if (result?.test !== 'connections') throw new Error('no test of connections');
  return result;
}

test.skipIf(!isLinux).each(['auto', 'portable'])('a client without descriptors counts EMFILE (%s)', async (engine) => {
  await withServer({}, async ({ port }) => {
    const command = `ulimit -n 100; exec "${process.execPath}" "${BIN}" -c 127.0.0.1 -port ${port} -t c --hold 300 -n 4 -d 1 --json --no-host-facts --engine ${engine}`;
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
      import('node:child_process').then(({ execFile }) =>
        execFile('sh', ['-c', command], { maxBuffer: 1e7 }, (_error, stdout, stderr) => resolve({ stdout, stderr })),
      );
    });
    expect(stderr).not.toContain('internal');
    const result = resultOf(stdout);
    expect(result.failures.map(({ end, error }) => [end, error])).toEqual([['client', 'EMFILE']]);
    expect(result.connections_opened + result.connections_failed).toBe(300);
    expect(result.connections_opened).toBeGreaterThan(20);
    expect(result.held?.open_at_client).toBe(result.connections_opened);
    expect(result.held?.open_at_server).toBe(result.connections_opened);
    expect(result.failure_ratio).toBeCloseTo(result.connections_failed / 300, 9);
  });
});

test.skipIf(!namespaces)('without a free port EADDRNOTAVAIL is counted, and the test goes on', () => {
  const script = [
    'ip link set lo up',
    // The first is that of the control connection.
    'echo "50000 50019" > /proc/sys/net/ipv4/ip_local_port_range',
    `"${process.execPath}" "${BIN}" -s -port 8888 -q --no-host-facts & server=$!`,
    'sleep 1',
    `"${process.execPath}" "${BIN}" -c 127.0.0.1 -t c --hold 60 -d 1 --json --no-host-facts`,
    'kill $server',
  ].join('\n');
  const { stdout } = spawnSync('unshare', ['--user', '--net', '--map-root-user', 'sh', '-c', script], {
    encoding: 'utf8',
    timeout: 15_000,
  });
  const result = resultOf(stdout.slice(stdout.indexOf('{')));
  expect(result.failures.map(({ end, error }) => [end, error])).toEqual([['client', 'EADDRNOTAVAIL']]);
  expect(result.connections_opened).toBeGreaterThan(5);
  expect(result.connections_opened).toBeLessThan(20);
  expect(result.connections_opened + result.connections_failed).toBe(60);
  expect([result.complete, result.connections_accepted]).toEqual([true, result.connections_opened]);
});

test('an older server is not asked for a test that it does not know', async () => {
  await withServer({}, async ({ port }) => {
    const open: Socket[] = [];
    // Without the field in `welcome`, as it comes from such a server. The name stays as long as it was.
    const older = createServer((socket) => {
      const far = dial(port, '127.0.0.1');
      open.push(socket, far);
      for (const one of [socket, far]) one.on('error', () => {});
      socket.pipe(far);
      far.on('data', (chunk: Buffer) => {
        socket.write(Buffer.from(chunk.toString('latin1').replace('"tests":', '"trial":'), 'latin1'));
      });
    });
    await new Promise<void>((resolve) => older.listen(0, '127.0.0.1', resolve));
    const address = older.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const tests = [{ test: 'connections', duration_ns: 100 * MS } as const, { bytes: 1000 }];
    const document = await connect({ host: '127.0.0.1', port: address.port, tests });
    expectValid(document);
    const [failure] = document.failures;
    expect(failure?.error.code).toBe('ERR_UNSUPPORTED');
    expect(failure?.error.message).toMatch(
      /^the server runs winze \S+, which has no test of connections: update it, or/,
    );
    // The other test goes on.
    expect(document.tests.map(({ test: kind, complete }) => [kind, complete])).toEqual([['bandwidth', true]]);
    for (const socket of open) socket.destroy();
    older.close();
  });
});
