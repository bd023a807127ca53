/** What `winze decode` says must not depend on who opens the messages, and when. */
import { expect, test } from 'vitest';
import { SECRETS_WIREGUARD_KEY_LOG } from '../../src/capture/file/capture-facts.ts';
import {
  encodeInterface,
  encodePacket,
  encodeSecrets,
  encodeSectionHeader,
} from '../../src/capture/file/pcapng-writer.ts';
import { concat, pcapHead, pcapRecord } from '../support/capture-bytes.ts';
import { KERNEL } from '../support/golden-handshakes.ts';
import { ethernet, icmpEcho, ipv4, join, recordOf, u16, u32, udp, zeros } from '../support/packets.ts';
import { type Conduct, playedThreads } from '../support/played-threads.ts';
import { backward, forward, initiatorLog, sealedData } from '../support/sealed-packets.ts';
import { play, type Scene } from './fakes.ts';

const LINKTYPE_RAW = 101;
const LONG = 5300;
const padded = (packet: Uint8Array): Uint8Array => join(packet, zeros(-packet.length & 15));
const echo = padded(ipv4(1, icmpEcho()));
const datagram = padded(ipv4(17, udp(9000, 9001, new Uint8Array(200).fill(7))));
/** Halves of one packet: fragments inside are put together in order. */
const halves = [0, 1].map((i) => {
  const piece = ipv4(17, udp(9000, 53, new Uint8Array(56)).subarray(0, 64));
  piece.set([...u16(99), ...u16(i === 0 ? 0x2000 : 8)], 4);
  return padded(piece);
});

/** A tunnel inside. */
const inVxlan = padded(
  ipv4(17, udp(9000, 4789, join([8, 0, 0, 0], u32(7 << 8), ethernet(0x0800, ipv4(1, icmpEcho()))))),
);

/** The n-th packet after the handshake. */
function packet(n: number): Uint8Array {
  const data = (text: Uint8Array, counter = n): Uint8Array =>
    sealedData(KERNEL.forwardKey, KERNEL.responderIndex, counter, text);
  switch (n % 23) {
    case 3:
      return ipv4(17, udp(5, 6, zeros(30)));
    case 5:
      return forward(data(new Uint8Array()));
    case 7:
      return backward(sealedData(KERNEL.backwardKey, KERNEL.initiatorIndex, n, echo));
    case 9:
      return forward(data(inVxlan));
    case 11:
      // The tag of another.
      return forward(join(data(echo).subarray(0, -16), data(datagram).subarray(-16)));
    case 12:
    case 14:
      return forward(data(halves[n % 23 === 12 ? 0 : 1] as Uint8Array));
    case 17:
      return forward(join(data(echo, n), data(echo, n + 1), data(echo, n + 2)));
    case 18:
    case 19:
      return forward(data(echo, n + 2));
    default:
      return forward(data(n % 2 === 0 ? echo : datagram));
  }
}

const handshake = [forward(KERNEL.initiation), backward(KERNEL.response)];
const packets = [...handshake, ...Array.from({ length: LONG }, (_, n) => packet(n))];
const pcapOf = (from: readonly Uint8Array[]): Uint8Array =>
  concat(
    pcapHead(undefined, { network: LINKTYPE_RAW }),
    ...from.map((bytes, i) => pcapRecord({ seconds: 1_700_000_000, fraction: i * 20, packet: bytes })),
  );
const whole = pcapOf(packets.slice(0, 1500));
const log = initiatorLog(KERNEL);
const captures = {
  'wg.pcap': whole,
  'cut.pcap': whole.slice(0, -5),
  'broken.pcap': concat(pcapOf(packets.slice(0, 700)), new Uint8Array(100).fill(0xff)),
  // A packet longer than any batch, amid others.
  'long.pcap': pcapOf([...packets.slice(0, 400), new Uint8Array(1_100_000).fill(0x45), ...packets.slice(400, 800)]),
  'dsb.pcapng': concat(
    encodeSectionHeader('test'),
    encodeInterface(LINKTYPE_RAW, 'eth0'),
    ...packets.slice(0, 300).map((bytes) => encodePacket(recordOf(bytes), 0, null)),
    encodeSecrets(SECRETS_WIREGUARD_KEY_LOG, new TextEncoder().encode(log)),
    ...packets.slice(300, 700).map((bytes) => encodePacket(recordOf(bytes), 0, null)),
    encodeSecrets(SECRETS_WIREGUARD_KEY_LOG, new TextEncoder().encode(`${log}\nPRESHARED_KEY = ${'A'.repeat(43)}=`)),
    ...packets.slice(700, 1100).map((bytes) => encodePacket(recordOf(bytes), 0, null)),
  ),
  'huge.pcap': concat(pcapOf(packets), new Uint8Array(100).fill(0xff)),
};
const secrets = { 'wg.keys': { bytes: new TextEncoder().encode(log), mode: 0o600 } };

const CONDUCTS: Readonly<Record<string, (n: number) => Conduct>> = {
  mixed: (n) => (['late', 'never', 'at once', 'late', 'never'] as const)[n % 5] ?? 'late',
  'dying at its second': (n) => (n === 0 ? 'late' : 'dies'),
};

/** Runs a command with one thread, and with others of some conduct. */
async function both(argv: readonly string[], conduct: (n: number) => Conduct, scene: Scene = {}) {
  const base = { captures, secrets, ...scene };
  const played: ReturnType<typeof playedThreads>[] = [];
  const alone = await play(['decode', '--threads', '1', ...argv], base);
  const helped = await play(['decode', '--threads', '3', ...argv], {
    ...base,
    decryptThreads: () => {
      const threads = playedThreads(2, conduct);
      played.push(threads);
      return threads.opening;
    },
  });
  const batches = played.reduce((sum, { posts }) => sum + posts(), 0);
  return { alone, helped, batches, threads: played.flatMap(({ threads }) => threads) };
}

test.each<readonly [string, ...string[]]>([
  ['wg.pcap'],
  ['--json', 'wg.pcap'],
  ['--json-stream', 'wg.pcap'],
  ['--packets', '--utc', 'wg.pcap'],
  ['--packets', '--utc', '-v', '-x', 'wg.pcap'],
  ['--packets', '--utc', '--filter', 'icmp and net 192.0.2.0/24', 'wg.pcap'],
  ['--filter', 'icmp', 'wg.pcap'],
  ['--json', '--filter', 'port 53', 'wg.pcap'],
  ['--write', 'inner.pcapng', 'wg.pcap'],
  ['--write', 'inner.pcapng', '--packets', '--filter', 'icmp', 'wg.pcap'],
  ['wg.pcap', 'cut.pcap'],
  ['--packets', '--utc', 'cut.pcap', 'none.pcap'],
  ['--json', 'broken.pcap'],
  ['--packets', '--utc', '--write', 'inner.pcapng', 'broken.pcap'],
  ['--packets', '--utc', 'long.pcap'],
  ['long.pcap'],
])('winze decode --keys … %j … is the same to the octet, whatever threads do', async (...argv) => {
  for (const conduct of Object.values(CONDUCTS)) {
    const { alone, helped, batches, threads } = await both(['--keys', 'wg.keys', ...argv], conduct);
    expect(alone.stdout.length + alone.stderr.length).toBeGreaterThan(0);
    expect(helped).toEqual(alone);
    expect(batches).toBeGreaterThan(0);
    expect(threads.every(({ isOver }) => isOver)).toBe(true);
  }
});

test.each<readonly string[]>([
  ['dsb.pcapng'],
  ['--packets', '--utc', 'dsb.pcapng'],
  ['--write', 'inner.pcapng', '--embed-keys', 'all', 'dsb.pcapng'],
])('winze decode %j … of keys that stand amid packets, too', async (...argv) => {
  const { alone, helped, batches } = await both(argv, CONDUCTS.mixed as (n: number) => Conduct);
  expect(helped).toEqual(alone);
  expect(batches).toBeGreaterThan(0);
});

test('winze decode -c reads nothing behind the last packet that it shows', async () => {
  // The damage at the end of this file is behind it.
  for (const last of [4300, 5000, packets.length]) {
    const argv = ['--packets', '--utc', '-c', String(last), '--keys', 'wg.keys', 'huge.pcap'];
    const { alone, helped, batches } = await both(argv, CONDUCTS.mixed as (n: number) => Conduct);
    expect(helped).toEqual(alone);
    expect([helped.code, helped.stderr]).toEqual([0, '']);
    expect(batches).toBeGreaterThan(0);
  }
  const filtered = ['--packets', '--filter', 'icmp', '-c', '4200', '--keys', 'wg.keys', 'huge.pcap'];
  const { alone, helped } = await both(filtered, CONDUCTS.mixed as (n: number) => Conduct);
  expect(helped).toEqual(alone);
});

test('winze decode shows all that came before a pause, and an interrupt loses nothing that was read', async () => {
  const argv = ['--packets', '--utc', '--keys', 'wg.keys', 'wg.pcap'];
  for (const conduct of Object.values(CONDUCTS)) {
    const { alone, helped, batches } = await both(argv, conduct, { pausesAt: 700 });
    expect(helped).toEqual(alone);
    expect(helped.shownAtPause.match(/^\d\d:/gm)).toHaveLength(700);
    expect(batches).toBeGreaterThan(0);
  }
  // Interrupted when the second batch is posted: packets of both wait by then.
  let posts = 0;
  const { stdout, code } = await play(['decode', '--threads', '2', ...argv], {
    captures,
    secrets,
    decryptThreads: (_, act) =>
      playedThreads(1, () => {
        if (++posts === 2) act.signal('SIGINT');
        return 'late';
      }).opening,
  });
  const { alone } = await both(argv, () => 'late');
  expect(code).toBe(6);
  expect(alone.stdout.startsWith(stdout)).toBe(true);
  expect(stdout.match(/^\d\d:/gm)?.length).toBeGreaterThanOrEqual(512);
});

test('winze decode starts threads at once if it is told how many, and else not for a small capture', async () => {
  const asked: (number | null)[] = [];
  const decryptThreads = (threads: number | null) => {
    asked.push(threads);
    return playedThreads(1, () => 'at once').opening;
  };
  await play(['decode', '--keys', 'wg.keys', 'wg.pcap'], { captures, secrets, decryptThreads });
  expect(asked).toEqual([]);
  await play(['decode', '--threads', '2', '--keys', 'wg.keys', 'wg.pcap'], { captures, secrets, decryptThreads });
  expect(asked).toEqual([2]);
  await play(['decode', '--threads', '2', 'wg.pcap'], { captures, secrets, decryptThreads });
  expect(asked).toEqual([2]);
});

test.each(['0', 'two', '1.5'])('winze decode --threads %s is refused', async (threads) => {
  const { code, stderr } = await play(['decode', '--threads', threads, 'wg.pcap'], { captures });
  expect([code, stderr]).toEqual([2, expect.stringContaining('want a whole number from 1 on')]);
});

test('winze decode has packets wait only where opening takes long; sums are always for others', async () => {
  const argv = ['--packets', '--utc', '--keys', 'wg.keys', 'wg.pcap'];
  const packets = await both(argv, () => 'late', { opensFast: true });
  expect(packets.helped).toEqual(packets.alone);
  expect(packets.batches).toBe(0);
  expect((await both(['--keys', 'wg.keys', 'wg.pcap'], () => 'late', { opensFast: true })).batches).toBeGreaterThan(0);
});

test('winze decode gives no packet more to a reader that is slower', async () => {
  let [waiting, most] = [0, 0];
  const drained = (): Promise<void> => {
    most = Math.max(most, ++waiting);
    return Promise.resolve().then(() => void waiting--);
  };
  const argv = ['--packets', '--utc', '--keys', 'wg.keys', 'wg.pcap'];
  const { alone, helped } = await both(argv, CONDUCTS.mixed as (n: number) => Conduct, { drained });
  expect(helped).toEqual(alone);
  expect([waiting, most]).toEqual([0, 1]);
});
