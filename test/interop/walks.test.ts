/**
 * The walks of `examples/`: their commands, run as the pages have them, by what other programs say of the result.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPeers } from './support/peers.ts';
import { readWalk, unprinted, WalkShell } from './support/walk.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', 'wg', 'tcpdump', 'curl', 'bash', 'unshare']);

/** What a step must show, beyond what the page shows of it. */
type Check = (output: string, ask: (commands: string) => Promise<string>) => void | Promise<void>;
type Checks = Readonly<Record<string, Check>>;

const ECHOES = [/10\.7\.0\.1 > 10\.7\.0\.2: ICMP echo request/, /10\.7\.0\.2 > 10\.7\.0\.1: ICMP echo reply/];

const PEER_TO_PEER: Checks = {
  'Two hosts on one machine': () => {},
  Keys: async (_, ask) => {
    expect(await ask('stat -c %a *.key')).toBe('600\n600\n');
    expect(await ask('wg pubkey < near.key; wg pubkey < far.key')).toBe(await ask('cat near.pub far.pub'));
  },
  'Two configuration files': async (_, ask) => {
    expect(await ask('near winze tunnel check wg-near.conf; echo $?')).toMatch(/^0\n$/m);
    expect(await ask('stat -c %a *.conf')).toBe('600\n600\n');
  },
  Up: async (_, ask) => {
    const peers = await ask('wg show wg-near allowed-ips; wg show wg-far allowed-ips; wg show wg-far listen-port');
    expect(peers).toBe(await ask(`printf '%s\\t10.7.0.2/32\\n%s\\t10.7.0.1/32\\n51820\\n' $(cat far.pub near.pub)`));
  },
  Ping: async (output, ask) => {
    expect(received(output)).toEqual([5, 5]);
    expect(await ask('ip -n winze-near -4 -o addr show dev wg-near')).toContain(' 10.7.0.1/24 ');
  },
  'Inside and outside': (output) => {
    expect(received(output)).toEqual([40, 40]);
    const lines = output.split('\n').filter((line) => / IP /.test(line));
    expect(lines).toHaveLength(8);
    for (const line of lines.slice(0, 4))
      expect(
        ECHOES.filter((echo) => echo.test(line)),
        line,
      ).toHaveLength(1);
    // An echo of 84 octets is padded to 96, and has 32 around it.
    const outside = /192\.0\.2\.[12]\.\d+ > 192\.0\.2\.[12]\.\d+: UDP, length 128$/;
    for (const line of lines.slice(4)) expect(line).toMatch(outside);
  },
  'A web page through it': (output) => expect(output).toBe('hello from far\n'),
  'How fast is it?': async (output, ask) => {
    expect(output.match(/^ +goodput +[\d.]+ [KMG]?bit\/s/gm)).toHaveLength(2);
    const mebibytes = [...output.matchAll(/received +([\d.]+) ([MG])iB/g)].map(
      ([, figure, unit]) => Number(figure) * (unit === 'G' ? 1024 : 1),
    );
    // What went through the tunnel is what was received of the second test, and not of the first.
    const through = Number((await ask('wg show wg-far transfer')).split('\t')[1]) / 2 ** 20;
    expect(mebibytes).toHaveLength(2);
    expect(through).toBeGreaterThan(mebibytes[1] ?? Number.NaN);
    expect(through).toBeLessThan(2 * (mebibytes[1] ?? Number.NaN) + 100);
  },
  'What the tunnel knows': async (output, ask) => {
    const [sent] = (await ask('wg show wg-near latest-handshakes')).trim().split('\t').slice(-1);
    expect(Number(sent)).toBeGreaterThan(Date.now() / 1000 - 120);
    expect(output).toContain(`public key: ${(await ask('cat near.pub')).trim()}`);
    expect(output).not.toContain((await ask('cat near.key')).trim());
  },
  Down: async (_, ask) => {
    for (const end of ['near', 'far']) {
      const links = await ask(`ip -n winze-${end} -o link`);
      expect(links.match(/^\d+: [\w@]+/gm)).toEqual([
        expect.stringMatching(/: lo$/),
        expect.stringMatching(/: veth0@/),
      ]);
      expect(await ask(`ip -n winze-${end} -4 route`)).toMatch(/^192\.0\.2\.0\/24 dev veth0 [^\n]*\n$/);
    }
    expect(await ask('ls -A /run/wireguard')).toBe('');
  },
  'Down 2': async (_, ask) => expect(await ask('ip netns list; ls /run | grep two-namespaces')).toBe(''),
};

const INTO_THE_OTHER_NETWORK: Checks = {
  'Three hosts on one machine': () => {},
  'A tunnel': (output) => expect(received(output)).toEqual([3, 3]),
  'No route': (output) => expect(output).toBe('ping: connect: Network is unreachable\n'),
  'No route 2': async (_, ask) => {
    expect(await ask('ip -n winze-near route get 192.168.50.10')).toContain('dev wg-near src 10.7.0.1');
  },
  'No forwarding': async (output, ask) => {
    expect(received(output)).toEqual([5, 0]);
    // They came as far as the far end, which counts what it had no use for.
    const counters = await ask('far cat /proc/net/snmp');
    const [names = '', values = ''] = counters.split('\n');
    expect(Number(values.split(' ')[names.split(' ').indexOf('InAddrErrors')])).toBeGreaterThanOrEqual(5);
    expect(output).toMatch(/this host does not forward \(net\.ipv4\.ip_forward=0\): PostUp = sysctl -w/);
  },
  'No forwarding 2': async (_, ask) => {
    expect(await ask('far cat /proc/sys/net/ipv4/ip_forward')).toBe('1\n');
  },
  'No way back': (output) => {
    expect(received(output)).toEqual([12, 0]);
    const seen = output.split('\n').filter((line) => / IP /.test(line));
    expect(seen).toHaveLength(3);
    for (const line of seen) expect(line).toMatch(/10\.7\.0\.1 > 192\.168\.50\.10: ICMP echo request/);
    expect(output).toMatch(/nothing came back into it: .* must masquerade/);
  },
  'No way back 2': async (_, ask) => expect(await ask('far nft list ruleset')).toContain('masquerade'),
  There: async (output, ask) => {
    expect(received(output)).toEqual([3, 3]);
    expect(output.match(/ttl=63/g)).toHaveLength(3);
    const seen = output.split('\n').filter((line) => / IP /.test(line));
    expect(seen).toHaveLength(4);
    for (const line of seen)
      expect(line).toMatch(/ 192\.168\.50\.1(0 > 192\.168\.50\.1| > 192\.168\.50\.10): ICMP echo/);
    expect(output).toMatch(/^hello from the host$/m);
    expect(await ask('cat far.log')).not.toMatch(/forward \(|nothing came back into it/);
  },
  Down: async (_, ask) => {
    expect(await ask('far cat /proc/sys/net/ipv4/ip_forward')).toBe('0\n');
    expect(await ask('far nft list ruleset')).toBe('');
    expect(await ask('ip -n winze-far -br link | cut -d@ -f1 | cut -d" " -f1')).toBe('lo\nveth0\nveth1\n');
    expect(await ask('ip -n winze-near -br link | cut -d@ -f1 | cut -d" " -f1')).toBe('lo\nveth0\n');
    expect(await ask('ls -A /run/wireguard')).toBe('');
  },
  'Down 2': async (_, ask) => expect(await ask('ip netns list')).toBe(''),
};

describe.skipIf(skipped).each([
  ['examples/peer-to-peer.md', PEER_TO_PEER],
  ['examples/into-the-other-network.md', INTO_THE_OTHER_NETWORK],
])('%s', (path, checks) => {
  const steps = readWalk(path);
  let shell: WalkShell;
  beforeAll(() => {
    shell = new WalkShell();
  });
  afterAll(() => shell.end());

  test('every step is checked', () => expect(steps.map(({ name }) => name)).toEqual(Object.keys(checks)));

  test.each(steps)('$name', async ({ name, commands, printed }) => {
    const output = await shell.run(commands);
    if (process.env.WINZE_WALK_PRINT) console.info(`${commands}---\n${output}`);
    await checks[name]?.(output, (question) => shell.run(question));
    expect(unprinted(printed, output), `the page shows what is not printed any more:\n${output}`).toEqual([]);
  });
});

/** Sent and answered, by ping's own count. */
function received(output: string): readonly number[] {
  const [, ...counts] = /(\d+) packets transmitted, (\d+) received/.exec(output) ?? [];
  return counts.map(Number);
}
