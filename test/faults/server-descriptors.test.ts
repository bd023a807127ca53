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
async function withFewDescriptors(descriptors: number, use: (port: number) => Promise<void>): Promise<string> {
  const command = `ulimit -n ${descriptors}; exec "${process.execPath}" "${BIN}" -s -ip 127.0.0.1 -port 0 --no-host-facts`;
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
  await withFewDescriptors(200, async (port) => {
    const run = () =>
      connect({ host: '127.0.0.1', port, tests: [{ test: 'connections', streams: 4, duration_ns: 1500 * MS }] });
    for (const result of (await Promise.all([run(), run()])).map(resultOf)) {
      expect(result.connections_opened).toBeGreaterThan(100);
      expect([result.connections_accepted, result.failures]).toEqual([result.connections_opened, []]);
    }
  });
});
