/**
 * The arm64 ring: tests of the inner ring that touch the system, the processor or its libraries, in Node for arm64
 * under QEMU's emulation of programs (`qemu-user-static`), on this machine's own kernel.
 *
 * Vitest itself runs on this machine's processor, and so do its transforms; the processes in which it runs the tests,
 * and whatever those start, are for arm64.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { missingTools } from '../interop/support/peers.ts';

const QEMU = 'qemu-aarch64-static';
const ROOT = resolve(import.meta.dirname, '../..');

/** What costs too much under emulation for what it would show, or cannot be there. */
const LEFT_OUT = [
  // A chain of 1000 keys; the other vectors of X25519 are there.
  '1000 iterations',
  // QEMU shows the memory of a program by other addresses than it gives.
  'leave no key behind',
  // A test of 100 ms may be over here before its first octet comes.
  'has the same form as',
  // Their relay, emulated itself, takes less than is sent to it: its socket loses datagrams of its own.
  'counts each datagram lost, doubled or overtaken',
  'knows that the last datagrams',
  // One engine at both ends is there, of each.
  "client 'auto', server 'portable'",
  "client 'portable', server 'auto'",
];

/** The program by which arm64's Node is started. It is made once for a version of koffi. */
function arm64Node(): string {
  const koffi: string = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).optionalDependencies.koffi;
  const cache = process.env.WINZE_ARM64_ROOT ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'winze');
  const folder = join(resolve(cache), `arm64-koffi-${koffi}`);
  const node = join(folder, 'node');
  if (!existsSync(node)) {
    execFileSync('sh', [join(import.meta.dirname, 'make-root.sh'), folder, koffi], { stdio: 'inherit' });
  }
  return node;
}

const possible = missingTools([QEMU]) === null;
// Vitest starts the processes for its tests by this path.
if (possible) process.execPath = arm64Node();
const include = (...files: string[]): string[] => (possible ? files.map((file) => `test/${file}.test.ts`) : []);

const COMMON = {
  root: ROOT,
  setupFiles: ['test/support/seed.ts'],
  testTimeout: 240_000,
  hookTimeout: 240_000,
  // As the other outer rings on CI: a program under emulation may stand still for a while.
  retry: process.env.CI ? 2 : 0,
};

export default defineConfig({
  root: ROOT,
  test: {
    maxWorkers: 2,
    passWithNoTests: !possible,
    reporters: ['default', resolve(ROOT, 'test/support/failed-tests.ts')],
    testNamePattern: new RegExp(`^(?!.*(${LEFT_OUT.join('|')}))`),
    projects: [
      {
        test: {
          name: 'arm64-pure',
          include: include(
            'unit/{native,crypto}/**/*',
            'unit/run/packet-cipher-choice',
            'sim/tunnel-handshake',
            'corpus/{layers,quic,cut-trains}',
          ),
          isolate: false,
          ...COMMON,
        },
      },
      {
        test: {
          name: 'arm64-live',
          include: include('arm64/*', 'conformance/{streams,cipher-threads*}', 'net/tunnel-sockets'),
          ...COMMON,
        },
      },
    ],
  },
});
