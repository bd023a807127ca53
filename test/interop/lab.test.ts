/** `winze lab` for real: with root and without, with a relay, stopped and killed. Nothing may be left. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, describe, expect, test } from 'vitest';
import type { LabDocument, LabRow } from '../../src/core/shapes/lab.ts';
import { missingPeers } from './support/peers.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = [process.execPath, resolve(ROOT, 'bin/winze.js'), 'lab', '-d', '200ms'];
/** Whoever runs the tests, this ends up as a user whom udev lets open /dev/net/tun, as on most systems. */
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const AS_NOBODY = [
  ...within(['--mount'], 'mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200', ''),
  ...NOBODY,
];
const WITHOUT_TUN = within(['--mount'], 'mount -t tmpfs tmpfs /dev/net', '');
const WITHOUT_NAMESPACES = within(
  ['--user', '--map-root-user'],
  'echo 0 > /proc/sys/user/max_user_namespaces',
  'setpriv --bounding-set=-all --inh-caps=-all --no-new-privs',
);
const MARK = `WINZE_TEST_LAB=${process.pid}`;
const reason = missingPeers(['unshare', 'setpriv', 'ip', 'tc', 'wireguard-go']);

const schema = (name: string): object => JSON.parse(readFileSync(resolve(ROOT, 'schema', name), 'utf8'));
const valid = new Ajv2020({ strictTypes: false })
  .addSchema(schema('result-1.schema.json'))
  .compile(schema('lab-1.schema.json'));

/**
 * Full packets, by hand, and the IP packet on the line of 1500: a tunnel pads to 16 but not beyond its
 * MTU of 1420 or 1340, and adds 60. Datagrams fill the packets of the innermost tunnel.
 */
const TUNNEL_TCP = { payload: 1420 - 52, line: 1420 + 60 };
const TUNNEL_UDP = { payload: 1340 - 28, line: 1344 + 60 };
const PACKETS = {
  tcp: {
    plain: { payload: 1500 - 52, line: 1500 },
    winze: TUNNEL_TCP,
    'wireguard-go': TUNNEL_TCP,
    wireguard: TUNNEL_TCP,
    nested: { payload: 1340 - 52, line: 1408 + 60 },
  },
  udp: {
    plain: { payload: 1340 - 28, line: 1340 },
    winze: TUNNEL_UDP,
    'wireguard-go': TUNNEL_UDP,
    wireguard: TUNNEL_UDP,
    nested: { payload: 1340 - 28, line: 1408 + 60 },
  },
} as const;

/** What goes before a command so that it runs in other circumstances, as the same process. */
function within(namespaces: readonly string[], prepare: string, run: string): readonly string[] {
  return ['unshare', ...namespaces, 'sh', '-c', `${prepare} && exec ${run} "$@"`, 'sh'];
}

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(argv: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Outcome> } {
  const [command = '', ...rest] = argv;
  const [name = '', value = ''] = MARK.split('=');
  const child = spawn(command, rest, { env: { ...process.env, HOME: '/tmp', [name]: value } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Outcome>((done) => child.once('close', (status) => done({ status, stdout, stderr })));
  return { child, ended };
}

async function lab(prefix: readonly string[], ...options: string[]): Promise<LabDocument> {
  const { status, stdout, stderr } = await start([...prefix, ...PROGRAM, '--json', ...options]).ended;
  expect(status, stderr).toBe(0);
  const document: LabDocument = JSON.parse(stdout);
  expect(valid(document), JSON.stringify(valid.errors)).toBe(true);
  return document;
}

function row(document: LabDocument, name: string): LabRow {
  const found = document.rows.find((one) => one.name === name);
  if (!found) throw new Error(`no row ${name}: ${JSON.stringify(document.left_out)}`);
  return found;
}

/** Command lines of all processes that were started from here, by what they inherited. */
function leftBehind(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`)
    .flatMap((pid) => {
      try {
        const marked = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(MARK);
        return marked ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

async function nothingIsLeft(): Promise<void> {
  for (let i = 0; i < 100 && leftBehind().length > 0; i++) await sleep(50);
  expect(leftBehind()).toEqual([]);
}

async function says(child: ChildProcess, words: RegExp): Promise<void> {
  let text = '';
  await new Promise<void>((done) => {
    child.stderr?.on('data', (more) => {
      text += more;
      if (words.test(text)) done();
    });
  });
}

describe.skipIf(reason !== null)('winze lab', () => {
  const devices = (): string =>
    spawnSync('ip', ['-o', 'link'], { encoding: 'utf8' }).stdout.replaceAll(/ qdisc .*/g, '');
  const before = devices();
  afterEach(async () => {
    await nothingIsLeft();
    expect(devices()).toBe(before);
  });

  test('as root: a line of 100 Mbit/s, tunnels whose octets are counted, and all of it as a stream', async () => {
    const options = ['--rate', '100M', '--nest', '--congestion', 'reno', '--json-stream', '--expect', 'goodput>=900T'];
    const { status, stdout } = await start([...PROGRAM, ...options]).ended;
    expect(status, 'an expectation failed').toBe(1);
    const lines = stdout.trim().split('\n');
    const events = lines.map((line) => JSON.parse(line));
    const last = events.pop();
    expect(last.event).toBe('end');
    const document: LabDocument = last.data;
    expect(valid(document), JSON.stringify(valid.errors)).toBe(true);
    expect(document.expectations).toMatchObject([{ met: false }]);
    expect(new Set(document.rows.map((one) => one.tcp_congestion_control))).toEqual(new Set(['reno']));
    expect(new Set(events.map((one) => one.event))).toEqual(new Set(['start']));
    expect(events[0].data).toMatchObject({ kind: 'link', mode: 'namespaces' });
    const left = events.flatMap(({ data }) => data.left_ns ?? []);
    expect(left).toEqual(left.toSorted((a, b) => b - a));

    expect(document).toMatchObject({ mode: 'namespaces', complete: true, link: { kind: 'veth', impaired_by: 'tbf' } });
    expect(document.rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['plain', 'winze', 'wireguard-go', 'nested']),
    );
    // 1448 octets of payload in 1514 with the Ethernet header, which is what tbf counts; and what it saves up.
    expect(row(document, 'plain').tcp_goodput_bps).toBeLessThan(100e6);
    for (const { path, protocol, ...overhead } of document.overhead) {
      const [plain, tunnel] = [PACKETS[protocol].plain, PACKETS[protocol][path as 'winze']];
      const share = (one: typeof plain | typeof tunnel): number => one.payload / (one.line + 38);
      expect(overhead.ceiling_ratio, `${path} ${protocol}`).toBeCloseTo(share(tunnel) / share(plain), 9);
      // The device counts 14 of Ethernet. Above it: a handshake, a keepalive, and what was sent twice.
      const octets = (tunnel.line + 14) / tunnel.payload;
      expect(overhead.wire_bytes_per_payload_byte, `${path} ${protocol}`).toBeGreaterThan(octets * 0.999);
      expect(overhead.wire_bytes_per_payload_byte, `${path} ${protocol}`).toBeLessThan(octets * 1.03);
    }
    expect(row(document, 'wireguard-go').cpu?.tunnel_ratio).toBeGreaterThan(0);
    expect(row(document, 'winze').cpu?.tunnel_ratio).toBeGreaterThan(0);
  });

  test('as nobody: delay and loss, by netem or by the relay', async () => {
    const document = await lab(AS_NOBODY, '--rate', '50M', '--delay', '10ms', '--loss', '2%');
    for (const { rtt_ns, udp_goodput_bps } of document.rows) {
      expect(rtt_ns?.min).toBeGreaterThanOrEqual(20e6);
      expect(udp_goodput_bps).toBeLessThan(50e6);
    }
    const { relay, added_rtt_ns } = document.link;
    expect(added_rtt_ns).toBeGreaterThan(0);
    expect(added_rtt_ns).toBeLessThan(row(document, 'plain').rtt_ns?.max ?? 0);
    if (relay === null) return expect(document.link.impaired_by).toBe('netem');
    // Loss comes before the queue. Five standard deviations of the binomial distribution.
    const met = relay.packets_carried + relay.packets_queue_full + relay.packets_lost;
    expect(Math.abs(relay.packets_lost - 0.02 * met)).toBeLessThan(5 * Math.sqrt(0.02 * 0.98 * met));
  });

  test('where the kernel has no netem, the relay makes the line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wz-lab-'));
    // As tc answers there.
    const refusal = 'case " $* " in *" netem "*) echo "Error: Specified qdisc kind is unknown." >&2; exit 2;; esac';
    const tc = spawnSync('sh', ['-c', 'command -v tc'], { encoding: 'utf8' }).stdout.trim();
    writeFileSync(join(folder, 'tc'), `#!/bin/sh\n${refusal}\nexec ${tc} "$@"\n`, { mode: 0o755 });
    try {
      const document = await lab(['env', `PATH=${folder}:${process.env.PATH}`], '--delay', '10ms');
      expect(document.link).toMatchObject({ kind: 'relay', impaired_by: 'relay', relay: { packets_lost: 0 } });
      expect(row(document, 'plain').rtt_ns?.min).toBeGreaterThanOrEqual(20e6);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ['root', WITHOUT_TUN],
    ['nobody', [...WITHOUT_TUN, ...NOBODY]],
  ])('without a TUN device, as %s: two engines, and the reason once', async (_who, prefix) => {
    const document = await lab(prefix);
    expect(document).toMatchObject({ mode: 'engines', complete: true, link: { kind: 'loopback' } });
    expect(document.left_out[0]?.reason).toContain('winze, wireguard-go: there is no /dev/net/tun');
  });

  test('a TUN device that only root may open is told as such', async () => {
    const closed = within(['--mount'], 'mount -t tmpfs tmpfs /dev/net && mknod -m 600 /dev/net/tun c 10 200', '');
    const document = await lab([...closed, ...NOBODY]);
    expect(document.left_out[0]?.reason).toContain('this user may not open /dev/net/tun; allow it with: chmod 666');
  });

  test('where namespaces are switched off: two engines, and what would allow more', async () => {
    const document = await lab(WITHOUT_NAMESPACES);
    expect(document).toMatchObject({ mode: 'engines', complete: true });
    expect(document.left_out[0]?.reason).toContain('sysctl -w user.max_user_namespaces=');
  });

  test('Ctrl-C prints what was measured', async () => {
    const { child, ended } = start([...PROGRAM, '--json']);
    await says(child, /round 2 of 3/);
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    expect(status).toBe(6);
    const document: LabDocument = JSON.parse(stdout);
    expect(valid(document), JSON.stringify(valid.errors)).toBe(true);
    expect(document).toMatchObject({ complete: false, error: { code: 'ERR_ABORTED' } });
    expect(document.tests.length).toBeGreaterThan(0);
  });

  test.each(['SIGINT', 'SIGKILL'] as const)('%s before the first test ends it', async (signal) => {
    const { child, ended } = start(PROGRAM);
    await says(child, /two network stacks/);
    child.kill(signal);
    expect((await ended).status).toBe(signal === 'SIGINT' ? 6 : null);
  });

  test('killed while it measures, it takes everything along', async () => {
    const { child, ended } = start([...AS_NOBODY, ...PROGRAM]);
    await says(child, /round 1 of 3, UDP/);
    expect(leftBehind().length).toBeGreaterThan(3);
    child.kill('SIGKILL');
    await ended;
  });
});
