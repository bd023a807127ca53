/** Servers without descriptors to spare, and hosts without AF_NETLINK: whoever is hurt is told, and the next is served. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bandwidthOf, descriptorsOf, eventually, MS, measure, type Program, ROOT, winze } from '../net/harness.ts';
import { ScriptedClient } from '../net/scripted-client.ts';

const CONFINED = join(ROOT, 'test/support/confined.cjs');

interface Confinement {
  readonly descriptors?: number;
  readonly noNetlink?: boolean;
}

function environment({ descriptors, noNetlink }: Confinement): Record<string, string> {
  return {
    NODE_OPTIONS: `--require=${CONFINED}`,
    ...(descriptors !== undefined && { WINZE_TEST_DESCRIPTORS: String(descriptors) }),
    ...(noNetlink && { WINZE_TEST_NO_NETLINK: '1' }),
  };
}

const probe = spawnSync(
  process.execPath,
  ['-e', 'try { require("os").networkInterfaces() } catch { process.exit(42) }'],
  { env: { ...process.env, ...environment({ descriptors: 64, noNetlink: true }) }, encoding: 'utf8' },
);
const canConfine = probe.status === 42;
if (!canConfine) {
  const why = probe.stderr.match(/^.*Error.*$/m)?.[0] ?? 'the filter had no effect';
  console.warn(`skipped: no process can be confined here (Linux on x64 or arm64, koffi, seccomp): ${why}`);
}

async function confinedServer(how: Confinement, ...argv: string[]): Promise<Program & { readonly port: number }> {
  const program = winze(['-s', '-ip', '127.0.0.1', '-port', '0', ...argv], 60_000, environment(how));
  const said = /^Listening on port (\d+) /m;
  await eventually('the server says where it listens', () => said.test(program.stdout()), 20_000);
  return { ...program, port: Number(said.exec(program.stdout())?.[1]) };
}

async function strangers(port: number, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    sockets.push(socket);
  }
  return sockets;
}

async function endsWell(server: Program): Promise<void> {
  server.kill('SIGTERM');
  const { status, stderr } = await server.ended;
  expect([status, stderr]).toEqual([0, '']);
}

describe.runIf(canConfine).each([64, 256, 1024])('a server with %i descriptors', (descriptors) => {
  test('outlives strangers that take all, serves those that are in, and the next when they have gone', async () => {
    const server = await confinedServer({ descriptors });
    const before = descriptorsOf(server.pid);
    const held = await ScriptedClient.connect(server.port);
    await held.until('welcome');
    const sockets = await strangers(server.port, descriptors + 100);
    await eventually('those beyond its share are closed', () => sockets.some(({ closed }) => closed));
    // Those that are left go on, so that the server has work while nothing is to spare.
    for (const socket of sockets) if (!socket.closed) socket.write('winze/1C\0\0\0\u0002{}');
    const { token } = await held.open({ protocol: 'udp', streams: 1, duration_ns: 20_000 * MS, rate_bps: 1e6 });
    await held.openUdpStream(token, 0);
    await held.start();
    for (const socket of sockets) socket.destroy();
    held.bye();
    await eventually('descriptors come back', () => descriptorsOf(server.pid) <= before + 10);
    const document = await measure(server.port, { duration_ns: 50 * MS }, { wait: false });
    expect(document.complete).toBe(true);
    expect(server.stdout()).toMatch(/warning: connections are closed at once: \d+ are open/);
    await endsWell(server);
  }, 60_000);
});

describe.runIf(canConfine)('a server whose descriptors a client uses up', () => {
  test.each(['auto', 'portable'] as const)(
    'fails that test alone, engine %s',
    async (engine) => {
      const server = await confinedServer({ descriptors: 64 }, '--engine', engine);
      const wish = { protocol: 'tcp', direction: 'download', streams: 100, duration_ns: 200 * MS } as const;
      await expect(measure(server.port, wish)).rejects.toMatchObject({ code: 'ERR_CONNECT' });
      const udp = measure(server.port, { ...wish, protocol: 'udp', rate_bps: 1e6 });
      // Streams of the portable engine share one socket.
      if (engine === 'portable') expect((await udp).complete).toBe(true);
      else
        await expect(udp).rejects.toThrow(/stream \d+ failed before the test began: cannot open a udp socket: EMFILE/);
      const document = await measure(server.port, { duration_ns: 50 * MS }, { wait: false });
      expect(document.complete).toBe(true);
      await endsWell(server);
    },
    60_000,
  );
});

test.runIf(canConfine)(
  'without AF_NETLINK both ends measure, and know the device of no address but loopback',
  async () => {
    const server = await confinedServer({ noNetlink: true });
    const argv = ['-c', '127.0.0.1', '-port', String(server.port), '-d', '100ms', '--json'];
    const client = await winze(argv, 30_000, environment({ noNetlink: true })).ended;
    expect([client.status, client.stderr]).toEqual([0, '']);
    const document = JSON.parse(client.stdout);
    expect(bandwidthOf(document).flows[0]?.bytes_received).toBeGreaterThan(0);
    expect(document.paths[0]).toMatchObject({ client: { device: 'lo' }, server: { device: 'lo' } });
    await endsWell(server);
  },
  60_000,
);
