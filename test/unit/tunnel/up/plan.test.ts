import { describe, expect, test } from 'vitest';
import { parseTunnelConfig } from '../../../../src/tunnel/config/parse.ts';
import { describeAction } from '../../../../src/tunnel/up/describe-action.ts';
import { planDevice, planUp, type UpFacts } from '../../../../src/tunnel/up/plan.ts';

const KEY = Buffer.alloc(32, 8).toString('base64');
const PEER = Buffer.alloc(32, 2).toString('base64');
const OTHER = Buffer.alloc(32, 3).toString('base64');

const FACTS: UpFacts = {
  name: 'wg0',
  configPath: null,
  socketPath: '/var/run/wireguard/wg0.sock',
  endpoints: [],
  mtu: 1420,
  freeTable: 51_820,
  firewall: 'nft',
  dns: { tag: 'resolvconf', prefix: '' },
  hasIpv6: false,
  srcValidMark: '0',
};

function plan(device: readonly string[], peers: readonly string[] = [], facts: Partial<UpFacts> = {}) {
  const sections = peers.map((ranges, i) => `[Peer]\nPublicKey = ${i === 0 ? PEER : OTHER}\nAllowedIPs = ${ranges}`);
  const { config, problems } = parseTunnelConfig(
    ['[Interface]', `PrivateKey = ${KEY}`, ...device, ...sections].join('\n'),
  );
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return planUp(config, { ...FACTS, ...facts });
}

const done = (steps: ReturnType<typeof plan>): readonly string[] =>
  steps.flatMap(({ action }) => (action ? describeAction(action) : []));
const undone = (steps: ReturnType<typeof plan>): readonly string[] =>
  steps
    .flatMap(({ undo }) => undo)
    .toReversed()
    .map(describeAction);

const BEGIN = ['ip tuntap add wg0 mode tun', 'listen on /var/run/wireguard/wg0.sock'];
const END = ['rm -f /var/run/wireguard/wg0.sock', 'ip link delete dev wg0'];
const UP = 'ip link set mtu 1420 up dev wg0';

test('planUp() makes many routes with one command a family, the narrowest first, and default routes by themselves', () => {
  const ranges = Array.from({ length: 20 }, (_, i) => `10.1.${i}.0/24, fd00:${i + 1}::/48`);
  const steps = plan(['Address = 10.0.0.1/32'], [`${ranges.join(', ')}, 10.2.0.0/16, 0.0.0.0/0`]);
  const batches = steps.flatMap(({ action }) =>
    action?.tag === 'command' && action.argv.includes('-batch') ? action : [],
  );
  expect(batches.map(describeAction)).toEqual(['ip -4 -batch - (21 routes)', 'ip -6 -batch - (20 routes)']);
  const [v4, v6] = batches.map(({ input }) => input.split('\n'));
  expect([v4?.[0], v4?.[20], v4?.[21]]).toEqual(['route add 10.1.0.0/24 dev wg0', 'route add 10.2.0.0/16 dev wg0', '']);
  expect([v6?.[0], v6?.length]).toEqual(['route add fd00:1::/48 dev wg0', 21]);
  expect(done(steps).filter((line) => / route add /.test(line))).toEqual([
    'ip -4 route add 0.0.0.0/0 dev wg0 table 51820',
  ]);
});

test('planUp() has the table in each line', () => {
  const ranges = Array.from({ length: 17 }, (_, i) => `10.1.${i}.0/24`);
  const steps = plan(['Address = 10.0.0.1/32', 'Table = 1234'], [ranges.join(', ')]);
  const inputs = steps.flatMap(({ action }) =>
    action?.tag === 'command' && action.input ? action.input.trim().split('\n') : [],
  );
  expect(inputs).toHaveLength(17);
  for (const line of inputs) expect(line).toMatch(/^route add 10\.1\.\d+\.0\/24 dev wg0 table 1234$/);
});

describe('planUp() does what wg-quick(8) prints', () => {
  test('for addresses and ranges: the narrowest route first, none that an address brings along', () => {
    const steps = plan(
      ['Address = 10.0.0.1/24, fd00::1/64', 'ListenPort = 7'],
      ['10.0.0.2/32, 10.1.0.0/16, fd00:1::/48', '10.2.3.0/24, fd00::2/128'],
    );
    expect(done(steps)).toEqual([
      ...BEGIN,
      'configure wg0: port 7, 2 peers',
      'ip -4 address add 10.0.0.1/24 dev wg0',
      'ip -6 address add fd00::1/64 dev wg0',
      UP,
      'ip -6 route add fd00:1::/48 dev wg0',
      'ip -4 route add 10.2.3.0/24 dev wg0',
      'ip -4 route add 10.1.0.0/16 dev wg0',
    ]);
    expect(undone(steps)).toEqual(END);
  });

  test('for an address alone: it has no network, so the range is routed', () => {
    expect(done(plan(['Address = 10.0.0.1/32'], ['10.0.0.1/32'])).at(-1)).toBe('ip -4 route add 10.0.0.1/32 dev wg0');
  });

  test('for a range that two peers have: one route', () => {
    const routes = done(plan([], ['10.9.0.0/16', '10.9.0.0/16'])).filter((line) => line.includes('route'));
    expect(routes).toEqual(['ip -4 route add 10.9.0.0/16 dev wg0']);
  });

  test('for default routes: a table of their own, whose rules are undone', () => {
    const steps = plan(['Address = 10.0.0.1/24'], ['0.0.0.0/0, ::/0'], { freeTable: 51_821 });
    expect(done(steps)).toEqual([
      ...BEGIN,
      'configure wg0: any port, fwmark 51821, 1 peer',
      'ip -4 address add 10.0.0.1/24 dev wg0',
      UP,
      'ip -4 route add 0.0.0.0/0 dev wg0 table 51821',
      'sysctl -q -w net.ipv4.conf.all.src_valid_mark=1',
      'ip -4 rule add not fwmark 51821 table 51821',
      'ip -4 rule add table main suppress_prefixlength 0',
      'nft -f -',
      'ip -6 route add ::/0 dev wg0 table 51821',
      'ip -6 rule add not fwmark 51821 table 51821',
      'ip -6 rule add table main suppress_prefixlength 0',
      'nft -f -',
    ]);
    expect(undone(steps)).toEqual([
      'nft delete table ip6 winze-wg0',
      'ip -6 rule delete table main suppress_prefixlength 0',
      'ip -6 rule delete not fwmark 51821 table 51821',
      'nft delete table ip winze-wg0',
      'ip -4 rule delete table main suppress_prefixlength 0',
      'ip -4 rule delete not fwmark 51821 table 51821',
      'sysctl -q -w net.ipv4.conf.all.src_valid_mark=0',
      ...END,
    ]);
  });

  test('with a mark of the user: that is the table, too', () => {
    const lines = done(plan(['FwMark = 0x7b'], ['0.0.0.0/0']));
    expect(lines).toContain('configure wg0: any port, fwmark 123, 1 peer');
    expect(lines).toContain('ip -4 rule add not fwmark 123 table 123');
  });

  test('with a table of the user: routes there, no rules and no mark', () => {
    const lines = done(plan(['Table = 7', 'Address = 10.0.0.1/24'], ['0.0.0.0/0, 10.0.0.2/32']));
    expect(lines.slice(-3)).toEqual([
      UP,
      'ip -4 route add 10.0.0.2/32 dev wg0 table 7',
      'ip -4 route add 0.0.0.0/0 dev wg0 table 7',
    ]);
    expect(lines).toContain('configure wg0: any port, 1 peer');
  });

  test('with Table = off: no routes', () => {
    expect(done(plan(['Table = off'], ['0.0.0.0/0, 10.0.0.2/32'])).at(-1)).toBe(UP);
  });

  test('with DNS: resolvers and search domains for resolvconf, before the routes', () => {
    const device = ['DNS = 10.0.0.53, fd00::53, example.org', 'DNS = corp.example'];
    const steps = plan(device, ['10.0.0.0/24'], { dns: { tag: 'resolvconf', prefix: 'tun.' } });
    expect(done(steps).slice(-2)).toEqual(['resolvconf -a tun.wg0 -m 0 -x', 'ip -4 route add 10.0.0.0/24 dev wg0']);
    expect(steps.flatMap(({ action }) => (action?.tag === 'command' ? action.input : '')).join('')).toBe(
      'nameserver 10.0.0.53\nnameserver fd00::53\nsearch example.org corp.example\n',
    );
    expect(undone(steps)).toEqual(['resolvconf -d tun.wg0 -f', ...END]);
  });

  // As resolvconf(1) of systemd does with -x: what it is given, and all other names.
  test.each<readonly [string, string, readonly string[]]>([
    [
      'servers and domains',
      'DNS = 10.0.0.53, fd00::53, example.org, ~corp.example, ~.',
      ['resolvectl dns wg0 10.0.0.53 fd00::53', 'resolvectl domain wg0 example.org ~corp.example ~.'],
    ],
    ['servers', 'DNS = 10.0.0.53', ['resolvectl dns wg0 10.0.0.53', 'resolvectl domain wg0 ~.']],
    ['domains', 'DNS = example.org', ['resolvectl domain wg0 example.org']],
  ])('with resolvectl: %s, before the routes', (_name, line, expected) => {
    const steps = plan([line], ['10.0.0.0/24'], { dns: { tag: 'resolvectl' } });
    expect(done(steps).slice(-1 - expected.length)).toEqual([...expected, 'ip -4 route add 10.0.0.0/24 dev wg0']);
    expect(undone(steps)).toEqual(['resolvectl revert wg0', ...END]);
  });

  test('with snippets: each in its place, with the name of the device', () => {
    const device = ['PreUp = a %i', 'PreUp = b', 'PostUp = c %i%i', 'PreDown = d', 'PreDown = e %i', 'PostDown = f'];
    const steps = plan([...device, 'PostDown = g', 'Address = 10.0.0.1/24']);
    expect(done(steps)).toEqual([
      ...BEGIN,
      'a wg0',
      'b',
      'configure wg0: any port, 0 peers',
      'ip -4 address add 10.0.0.1/24 dev wg0',
      UP,
      'c wg0wg0',
    ]);
    expect(undone(steps)).toEqual(['d', 'e wg0', ...END, 'f', 'g']);
  });
});

describe('planUp() keeps to what the host has', () => {
  test('no resolvconf, no firewall, a mark that is valid already', () => {
    const facts = { dns: null, firewall: null, srcValidMark: '1' };
    const steps = plan(['DNS = 10.0.0.53'], ['0.0.0.0/0'], facts);
    expect(done(steps).slice(-4)).toEqual([
      UP,
      'ip -4 route add 0.0.0.0/0 dev wg0 table 51820',
      'ip -4 rule add not fwmark 51820 table 51820',
      'ip -4 rule add table main suppress_prefixlength 0',
    ]);
  });

  test('IPv6: no link-local address, as the device of the kernel has none', () => {
    expect(done(plan([], [], { hasIpv6: true })).slice(-2)).toEqual(['ip link set dev wg0 addrgenmode none', UP]);
    const facts = { name: 'wg0', socketPath: '/run/wg0.sock', mtu: 1420 };
    const device = (hasIpv6: boolean) => done(planDevice({ ...facts, hasIpv6 })).slice(2);
    expect(device(true)).toEqual(['ip link set dev wg0 addrgenmode none', 'ip link set mtu 1420 dev wg0']);
    expect(device(false)).toEqual(['ip link set mtu 1420 dev wg0']);
  });
});

describe('the firewall of a default route', () => {
  const inputs = (steps: ReturnType<typeof plan>): readonly string[] =>
    steps.flatMap(({ action, undo }) =>
      [...(action ? [action] : []), ...undo].flatMap((each) =>
        each.tag === 'command' && each.input !== '' ? each.input : [],
      ),
    );

  test('nft: packets from other devices are dropped, marks are restored', () => {
    const [rules = ''] = inputs(plan(['Address = 10.0.0.1/24, fd00::1/64'], ['0.0.0.0/0']));
    expect(rules.match(/daddr/g)).toHaveLength(1);
    expect(rules).toContain('table ip winze-wg0 {');
    expect(rules).toContain('iifname != "wg0" ip daddr 10.0.0.1 fib saddr type != local drop');
    expect(rules).toContain('meta l4proto udp mark 51820 ct mark set mark');
    expect(rules).toContain('meta l4proto udp meta mark set ct mark');
  });

  test('nft knows neither "=" nor "+" in the name of a table', () => {
    const steps = plan([], ['::/0'], { name: 'w+g=0' });
    expect(undone(steps)[0]).toBe('nft delete table ip6 winze-w_g_0');
    expect(inputs(steps)[0]).toContain('table ip6 winze-w_g_0 {');
  });

  test('iptables: what is inserted is deleted again, word for word', () => {
    const [add = '', remove = ''] = inputs(plan(['Address = 10.0.0.1/24'], ['0.0.0.0/0'], { firewall: 'iptables' }));
    expect(add).toContain('-I PREROUTING ! -i wg0 -d 10.0.0.1 -m addrtype ! --src-type LOCAL -j DROP');
    expect(add).toContain('-I POSTROUTING -m mark --mark 51820 -p udp -j CONNMARK --save-mark');
    expect(remove).toBe(add.replaceAll('-I ', '-D '));
    expect(undone(plan([], ['::/0'], { firewall: 'iptables' }))[0]).toBe('ip6tables-restore -n');
  });
});
