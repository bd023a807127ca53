/**
 * Time from `winze -c` to the first octet of data at the server, and the size of an installation.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, spread } from './lib/figures.mjs';
import { run, WINZE, winzeServer } from './lib/processes.mjs';

const PORT = 8796;
const DATA_PREAMBLE_BYTES = 18;

/** @param {{ rounds: number }} options */
export async function startup({ rounds }) {
  const times = [];
  for (let round = 0; round < rounds; round++) times.push(await firstData());
  const bytes = await installedBytes();
  return [
    `start to the first data: ${spread(times, 0)} ms, target 400 ${median(times) < 400 ? 'reached' : 'MISSED'}`,
    `installed without dev packages: ${(bytes / 1e6).toFixed(1)} MB`,
  ];
}

/**
 * A proxy in front of a server sees the first octet behind a data connection's preamble. The server is one that a user
 * starts, in a process of its own, and new each time.
 */
async function firstData() {
  const server = await winzeServer(PORT, ['-ip', '127.0.0.1']);
  let seen = () => {};
  const first = new Promise((resolve) => {
    seen = () => resolve(process.hrtime.bigint());
  });
  const proxy = createServer((socket) => {
    const inner = dial(PORT, '127.0.0.1');
    let isData = false;
    let count = 0;
    socket.on('data', (chunk) => {
      if (count === 0) isData = chunk.subarray(0, 8).toString('latin1') === 'winze/2D';
      count += chunk.length;
      if (isData && count > DATA_PREAMBLE_BYTES) seen();
    });
    socket.pipe(inner).pipe(socket);
    for (const one of [socket, inner]) one.on('error', () => one.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (proxy.address());
  const began = process.hrtime.bigint();
  const args = [WINZE, '-c', '127.0.0.1', '-port', String(port), '-d', '300ms', '-b', '10M', '--json'];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const at = await first;
  if (child.exitCode === null) await once(child, 'exit');
  proxy.close();
  await server.stop();
  return Number(/** @type {bigint} */ (at) - began) / 1e6;
}

async function installedBytes() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'winze-size-'));
  try {
    const [{ filename }] = JSON.parse(await run('npm', ['pack', root, '--pack-destination', folder, '--json']));
    await run('npm', ['install', '--prefix', folder, '--omit=dev', '--no-audit', '--no-fund', join(folder, filename)]);
    return sizeOf(join(folder, 'node_modules'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} path @returns {number} */
function sizeOf(path) {
  const stat = statSync(path);
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : stat.size;
}
