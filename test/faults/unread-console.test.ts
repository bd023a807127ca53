/** A server whose standard output is a pipe that nobody reads. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN, measure } from '../net/harness.ts';

const onLinux = process.platform === 'linux';
if (!onLinux) console.warn('skipped: a pipe that nobody reads is made with mkfifo, on Linux');

/** Events that fill the pipe, which holds 64 KiB, and some more. */
const STRANGERS = 800;

async function stranger(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.end('GET / HTTP/1.1\r\n\r\n');
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
}

test.runIf(onLinux)('it serves on, and SIGTERM ends it with exit 5', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'winze-unread-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const pipe = openSync(path, 'r+');
  const argv = [BIN, '-s', '-ip', '127.0.0.1', '-port', '0', '--json-stream', '--no-host-facts'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', pipe, 'pipe'] });
  try {
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = once(child, 'close');
    const first = Buffer.alloc(4096);
    const port: number = JSON.parse(first.toString('utf8', 0, readSync(pipe, first))).data.port;
    for (let n = 0; n < STRANGERS; n += 100) await Promise.all(Array.from({ length: 100 }, () => stranger(port)));
    expect((await measure(port, { duration_ns: null, bytes: 100_000 })).complete).toBe(true);
    const begun = performance.now();
    child.kill('SIGTERM');
    const [status] = await ended;
    expect([status, stderr]).toEqual([5, 'winze: cannot write standard output: nobody reads it\n']);
    expect(performance.now() - begun).toBeLessThan(10_000);
  } finally {
    child.kill('SIGKILL');
    closeSync(pipe);
    rmSync(folder, { recursive: true });
  }
});
