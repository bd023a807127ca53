/** Nothing that reads, checks, carries out or shows a configuration takes more than in proportion to its size. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeviceChange, PeerChange, Prefix } from '../../../src/core/shapes/tunnel-config.ts';
import { StepCounter } from '../../support/step-counter.ts';

/** Sorting takes n log n steps, so twice as much may take a little more than twice as many. */
const MOST_GROWTH = 2.35;
const RANGES_A_PEER = 4;

const counter = new StepCounter();
beforeAll(() => counter.start());
afterAll(() => counter.stop());

const keyOf = (i: number): Uint8Array => Uint8Array.of(7, i >> 16, i >> 8, i, ...new Uint8Array(28).fill(5));
const rangeOf = (i: number): Prefix => ({ octets: Uint8Array.of(10, i >> 14, i >> 6, (i & 63) << 2), bits: 30 });

function peers(count: number): PeerChange[] {
  return Array.from({ length: count }, (_, i) => ({
    publicKey: keyOf(i),
    replaceAllowedIps: true,
    allowedIps: Array.from({ length: RANGES_A_PEER }, (_, j) => ({
      remove: false,
      prefix: rangeOf(i * RANGES_A_PEER + j),
    })),
  }));
}

function text(count: number): string {
  const sections = peers(count).map(({ publicKey, allowedIps = [] }, i) => {
    const ranges = allowedIps.map(({ prefix }) => `${prefix.octets.join('.')}/30`).join(', ');
    const key = Buffer.from(publicKey).toString('base64');
    return `[Peer]\nPublicKey = ${key}\nEndpoint = 192.0.2.1:${1024 + i}\nAllowedIPs = ${ranges}\n`;
  });
  return `[Interface]\nPrivateKey = ${Buffer.alloc(32, 0x41).toString('base64')}\nAddress = 10.255.0.1/32\n${sections.join('')}`;
}

async function device() {
  const [{ TunnelDevice }, { nodeAead }, { createPrimitives }] = await Promise.all([
    import('../../../src/tunnel/wireguard/device.ts'),
    import('../../../src/crypto/aead-node.ts'),
    import('../../../src/crypto/primitives.ts'),
  ]);
  const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(1);
  const wall = () => ({ seconds: 1, nanoseconds: 0 });
  return new TunnelDevice(
    { primitives: createPrimitives(nodeAead), random, wall, jitter: () => 0, keylog: null },
    1420,
  );
}

const configured = async (change: DeviceChange) => {
  const made = await device();
  made.configure(change, 0);
  return made;
};

async function parsed(size: number) {
  const { parseTunnelConfig } = await import('../../../src/tunnel/config/parse.ts');
  const whole = parseTunnelConfig(text(size));
  expect(whole.problems).toEqual([]);
  return whole;
}

const FACTS = {
  name: 'wg0',
  configPath: null,
  socketPath: '/run/wg0.sock',
  endpoints: [],
  mtu: 1420,
  freeTable: 51_820,
  firewall: null,
  dns: null,
  hasIpv6: true,
  srcValidMark: '0',
} as const;

test.each<readonly [string, (size: number) => Promise<unknown>]>([
  ['a file is read', parsed],
  [
    'is checked',
    async (size) => {
      const { checkTunnelConfig } = await import('../../../src/tunnel/config/check/check.ts');
      const localRoutes = [{ prefix: { octets: Uint8Array.of(10, 0, 0, 0), bits: 8 }, device: 'eth0' }];
      checkTunnelConfig(await parsed(size), { localRoutes });
    },
  ],
  [
    'is planned, with all its routes in one command',
    async (size) => {
      const { planUp } = await import('../../../src/tunnel/up/plan.ts');
      const steps = planUp((await parsed(size)).config, FACTS);
      if (size >= 500) expect(steps.length).toBeLessThan(10);
    },
  ],
  ['a device takes peers with ranges', (size) => configured({ peers: peers(size) })],
  [
    'takes them anew',
    async (size) => (await configured({ peers: peers(size) })).configure({ replacePeers: true, peers: peers(size) }, 0),
  ],
  [
    'loses them one by one',
    async (size) => {
      const made = await configured({ peers: peers(size) });
      for (const { publicKey, allowedIps: [first] = [] } of peers(size)) {
        if (first) made.configure({ peers: [{ publicKey, allowedIps: [{ ...first, remove: true }] }] }, 0);
      }
      for (const { publicKey } of peers(size)) made.configure({ peers: [{ publicKey, remove: true }] }, 0);
    },
  ],
  [
    'shows its state, and that is read again',
    async (size) => {
      const { formatGetReply, parseGetReply } = await import('../../../src/tunnel/uapi/response.ts');
      const reply = formatGetReply((await configured({ peers: peers(size) })).status('wg0'));
      expect(parseGetReply('wg0', reply, (key) => key)).toMatchObject({ ok: true });
    },
  ],
  [
    'is configured by lines of its socket',
    async (size) => {
      const { UapiRequestParser } = await import('../../../src/tunnel/uapi/request.ts');
      const lines = peers(size).flatMap(({ publicKey, allowedIps = [] }) => [
        `public_key=${Buffer.from(publicKey).toString('hex')}`,
        ...allowedIps.map(({ prefix }) => `allowed_ip=${prefix.octets.join('.')}/30`),
      ]);
      const requests = new UapiRequestParser().handleChunk(Buffer.from(['set=1', ...lines, '', ''].join('\n')));
      expect(requests.map(({ tag }) => tag)).toEqual(['set']);
    },
  ],
])('%s: twice the size is twice the work', async (_what, run) => {
  // What is done once, such as the choice of primitives, is no work of a size.
  await run(10);
  const small = await counter.count(async () => void (await run(500)));
  const large = await counter.count(async () => void (await run(1000)));
  expect(small).toBeGreaterThan(500 * RANGES_A_PEER);
  expect(large / small).toBeLessThan(MOST_GROWTH);
});

test('files as large as hubs have them are read: 10 MiB, 6,000 peers, 130,560 ranges', async () => {
  const { parseTunnelConfig } = await import('../../../src/tunnel/config/parse.ts');
  const sections = Array.from({ length: 6000 }, (_, i) => {
    const ranges = Array.from({ length: i < 4560 ? 22 : 21 }, (_, j) => `10.${i >> 8}.${i & 255}.${j}/32`);
    return `[Peer]\nPublicKey = ${Buffer.from(keyOf(i)).toString('base64')}\nAllowedIPs = ${ranges.join(', ')}\n`;
  });
  const head = '[Interface]\nListenPort = 51820\n';
  const body = head + sections.join('');
  const { config, problems } = parseTunnelConfig(body + '#'.repeat(10 * 1024 * 1024 - body.length));
  expect(problems).toEqual([]);
  expect(config.peers.length).toBe(6000);
  expect(config.peers.reduce((sum, { allowedIps }) => sum + allowedIps.length, 0)).toBe(130_560);
});
