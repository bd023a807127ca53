/**
 * Options of sockets, seen from outside: on the wire, in TCP_INFO, in the words of an error.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Capture, type Frame, ipv4Of } from './support/capture.ts';
import { Lab } from './support/lab.ts';
import { missingPeers } from './support/peers.ts';
import { bandwidthOf, documentOf, latencyOf, Winze } from './support/winze.ts';

const LINE = '192.0.2.2';
const SHORT = ['-d', '400ms'] as const;

const skipped = missingPeers(['ip', 'tc', 'ethtool', 'ping', 'wireguard-go', 'wg', 'tcpdump']);

describe.skipIf(skipped)('socket options', () => {
  const lab = new Lab();
  const winze = new Winze(lab);

  beforeAll(async () => {
    await lab.create();
    lab.offloads(false);
    lab.shape('100mbit');
    await winze.serve();
  });
  afterAll(() => lab.destroy());

  test('-4 and -6 choose the family, and refuse an address of the other', async () => {
    const six = await winze.client('-c', '2001:db8::2', '-6', ...SHORT);
    expect([six.status, documentOf(six).paths[0]?.client.local_address]).toEqual([0, '2001:db8::1']);
    const four = await winze.client('-c', LINE, '-4', ...SHORT);
    expect([four.status, documentOf(four).paths[0]?.client.local_address]).toEqual([0, '192.0.2.1']);
    expect((await winze.client('-c', LINE, '-6', ...SHORT)).status).toBe(2);
  });

  test('-ip binds both connections; an address that does not fit is an error', async () => {
    lab.run('near', ['ip', 'addr', 'add', '192.0.2.11/24', 'dev', 'veth0']);
    const capture = await Capture.begin(lab, 'near', 'veth0', 'tcp dst port 8888');
    const run = await winze.client('-c', LINE, '-ip', '192.0.2.11', ...SHORT);
    const sources = new Set((await capture.end()).map((frame) => ipv4Of(frame)?.source));
    expect([run.status, [...sources]]).toEqual([0, ['192.0.2.11']]);
    const strange = await winze.client('-c', LINE, '-ip', '192.0.2.77', ...SHORT);
    expect(strange.status).not.toBe(0);
    expect(strange.stderr).toContain('192.0.2.77 is not an address of this host');
    const other = await winze.client('-c', LINE, '-ip', '2001:db8::1', ...SHORT);
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('one is IPv4 and one IPv6')]);
  });

  test('--dev sends data through that device, whatever the route says', async () => {
    const capture = await Capture.begin(lab, 'near', lab.tunnel('near'));
    const run = await winze.client('-c', LINE, '--dev', lab.tunnel('near'), '-p', 'udp', '-b', '5M', ...SHORT);
    const frames = await capture.end();
    // The tunnel does not know the address, so nothing can come of it; the question is where it went.
    console.info(`--dev ${lab.tunnel('near')}: exit ${run.status}, ${frames.length} frames: ${run.stderr.trim()}`);
    expect(frames.length).toBeGreaterThan(0);
    const strange = await winze.client('-c', LINE, '--dev', 'nosuch0', ...SHORT);
    expect([strange.status, strange.stderr]).toEqual([
      5,
      'winze: cannot use device nosuch0: ENODEV: there is no such device, see ip link\n',
    ]);
  });

  const tosTests = [
    { name: 'TCP upload', options: [], from: '192.0.2.1' },
    { name: 'TCP download', options: ['-r'], from: LINE },
    { name: 'UDP upload', options: ['-p', 'udp', '-b', '5M'], from: '192.0.2.1' },
    { name: 'UDP download', options: ['-p', 'udp', '-b', '5M', '-r'], from: LINE },
    { name: 'UDP probes', options: ['-t', 'l'], from: '192.0.2.1' },
    { name: 'their answers', options: ['-t', 'l'], from: LINE },
  ] as const;
  test.each(tosTests)('--dscp EF is on the wire: $name', async ({ options, from }) => {
    const capture = await Capture.begin(lab, 'near', 'veth0', 'port 8888');
    const run = await winze.client('-c', LINE, '--dscp', 'EF', ...options, ...SHORT);
    const frames = await capture.end();
    expect(run.status, run.stderr).toBe(0);
    const marked = (tos: number): number => frames.filter((it) => isFrom(it, from, tos)).length;
    // EF is 46, the upper six bits. The control connection is not marked.
    expect(marked(0xb8)).toBeGreaterThan(10);
    expect(marked(0)).toBeGreaterThan(0);
    expect(marked(0xb8) + marked(0)).toBe(frames.filter((frame) => ipv4Of(frame)?.source === from).length);
  });

  test('--dont-fragment refuses a datagram above the path MTU; without it IP cuts it', async () => {
    const large = ['-c', LINE, '-p', 'udp', '-b', '10M', '-l', '3000', ...SHORT];
    for (const direction of [[], ['-r']]) {
      const refused = await winze.client(...large, '--dont-fragment', ...direction);
      expect([refused.status, documentOf(refused).error?.code]).toEqual([2, 'ERR_USAGE']);
      expect(refused.stderr).toMatch(/3000 B does not fit the path MTU of 1500; use -l 1472 or less/);
    }
    const fits = await winze.client(...large, '-l', '1472', '--dont-fragment');
    expect(fits.status, fits.stderr).toBe(0);
    const capture = await Capture.begin(lab, 'near', 'veth0', 'ip[6:2] & 0x3fff != 0');
    const cut = await winze.client(...large);
    const fragments = (await capture.end()).length;
    const [flow] = bandwidthOf(cut)[0]?.flows ?? [];
    expect([cut.status, flow?.packets_lost]).toEqual([0, 0]);
    // 3008 octets of UDP are three fragments of at most 1480.
    expect(fragments).toBe(3 * (flow?.packets_sent ?? 0));
  });

  test('--dont-fragment: an MTU that only the server knows ends in an error too', async () => {
    lab.run('far', ['ip', 'route', 'add', '192.0.2.1', 'dev', 'veth0', 'mtu', '1300']);
    const run = await winze.client('-c', LINE, '-p', 'udp', '-b', '5M', '-r', '--dont-fragment', ...SHORT);
    lab.run('far', ['ip', 'route', 'del', '192.0.2.1']);
    expect([run.status, run.stderr.trim()]).toEqual([6, expect.stringContaining('the server could not')]);
  });

  test('--mss cuts the segments', async () => {
    const capture = await Capture.begin(lab, 'near', 'veth0', 'tcp dst port 8888');
    const run = await winze.client('-c', LINE, '--mss', '500', ...SHORT);
    const frames = await capture.end();
    // The control connection has few, and segments as large as the line takes.
    const ports = frames.map((frame) => ipv4Of(frame)?.sourcePort);
    const many = (port: number | undefined): boolean => ports.filter((one) => one === port).length > ports.length / 2;
    const data = frames.filter((frame) => many(ipv4Of(frame)?.sourcePort));
    const largest = Math.max(...data.map((frame) => frame.bytes));
    // With 12 octets of timestamps, 488 of payload: Ethernet 14, IP 20, TCP 32.
    expect([run.status, bandwidthOf(run)[0]?.flows[0]?.tcp?.mss_bytes]).toEqual([0, 488]);
    expect(largest).toBe(14 + 20 + 32 + 488);
  });

  test.each([['cubic'], ['reno']])('--congestion %s is what TCP then uses, in both directions', async (name) => {
    for (const direction of [[], ['-r']]) {
      const run = await winze.client('-c', LINE, '--congestion', name, ...direction, ...SHORT);
      expect([run.status, bandwidthOf(run)[0]?.flows[0]?.tcp?.congestion_control]).toEqual([0, name]);
    }
  });

  test('--congestion with a name that the system does not know is an error', async () => {
    const run = await winze.client('-c', LINE, '--congestion', 'nonsense', ...SHORT);
    expect([run.status, run.stderr]).toEqual([
      5,
      expect.stringMatching(/congestion control nonsense: ENOENT: there is none of that name here/),
    ]);
  });

  test('--window is the size of the socket buffers', async () => {
    const client = winze.begin('near', '-c', LINE, '-d', '2s', '--window', '64K', '--json', '-q');
    await sleep(1200);
    const buffers = (['near', 'far'] as const).map((side) => lab.run(side, ['ss', '-tmnH']));
    expect((await client.end()).status).toBe(0);
    // The kernel doubles what is asked for (socket(7)): rb for receiving, tb for sending.
    for (const text of buffers) expect(text).toMatch(/rb131072,.*tb131072,/);
  });

  test('the portable engine refuses by name what it cannot do', async () => {
    const run = await winze.client('-c', LINE, '--dscp', 'EF', '--engine', 'portable', ...SHORT);
    expect([run.status, run.stderr]).toEqual([5, expect.stringContaining('needs the Linux engine')]);
    expect(latencyOf(await winze.client('-c', LINE, '-t', 'l', '--engine', 'portable', ...SHORT)).engine).toBe(
      'portable',
    );
  });
});

function isFrom(frame: Frame, source: string, tos: number): boolean {
  const packet = ipv4Of(frame);
  return packet?.source === source && packet.tos === tos;
}
