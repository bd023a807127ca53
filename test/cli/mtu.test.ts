import { describe, expect, test } from 'vitest';
import { isPath } from '../support/schemas.ts';
import { direction, mtuResult } from '../unit/report/path/mtu-samples.ts';
import { pathDocument } from '../unit/report/path/samples.ts';
import { play } from './fakes.ts';

const found = (changes: Parameters<typeof mtuResult>[0] = {}) => ({
  probe: async () => pathDocument({ tests: [mtuResult(changes)] }),
});

describe('winze -t mtu', () => {
  test('prints both directions, and the MTU of a tunnel with its arithmetic on one line', async () => {
    const { code, stdout } = await play(['-c', 'host.example', '-t', 'mtu'], found());
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'path MTU to host.example (198.51.100.7:8888), UDP by padded datagrams, answered',
        '  by the server',
        'to the target: path MTU 1400; 1400 octets pass, and 192.0.2.9 says by ICMP that',
        '  no more do',
        '  60 probes in 700.0ms, round trip 20.00ms at least',
        'from the target: path MTU 1387; black hole: 1388 octets and more vanish, no',
        '  ICMP; 1387 pass',
        '  60 probes in 700.0ms, round trip 20.00ms at least',
        'the two directions differ: 1400 octets pass from here, 1387 towards here',
        'WireGuard here: MTU 1327 over IPv4 = 1387 - 20 IP - 8 UDP - 16 header - 16 tag',
        'WireGuard here: MTU 1307 over IPv6 = 1387 - 40 IP - 8 UDP - 16 header - 16 tag',
        '',
      ].join('\n'),
    );
  });

  test('--json prints it as the schema wants it, and --expect judges the smaller direction', async () => {
    const { code, stdout } = await play(
      ['-c', 'h', '-t', 'mtu', '--json', '--expect', 'path_mtu>=1380', 'path_mtu>=1400'],
      found(),
    );
    expect(code).toBe(1);
    const document = JSON.parse(stdout);
    expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
    expect(document.expectations).toMatchObject([
      { measured: 1387, met: true },
      { measured: 1387, met: false },
    ]);
    expect(document.tests[0]).toEqual(mtuResult());
  });

  test('what was not found is null, and meets no expectation', async () => {
    const silent = direction({
      path_mtu_bytes: null,
      failed_bytes: null,
      verdict: 'no-answer',
      words: 'nothing was answered, not even 80 octets',
      loss_ratio: null,
      min_rtt_ns: null,
    });
    const result = { path_mtu_bytes: null, forward: silent, backward: null, wireguard: [], findings: [] };
    const { stdout } = await play(['-x', 'h', '-t', 'mtu', '--json', '--expect', 'path_mtu>=1'], found(result));
    const document = JSON.parse(stdout);
    expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
    expect(document.expectations).toEqual([{ expression: 'path_mtu>=1', measured: null, met: false }]);
    expect((await play(['-x', 'h', '-t', 'mtu'], found(result))).stdout).toContain('path MTU -; nothing was answered');
  });

  test('TCP, and a tunnel whose MTU is too large', async () => {
    const tcp = {
      mss_bytes: 1348,
      advertised_mss_bytes: 1460,
      path_mtu_bytes: 1400,
      peer_mss_bytes: 1348,
      rewritten: true,
    };
    const fault = 'the MTU of wg0 is 1420, and only 1312 pass through it';
    const tunnel_device = { device: 'wg0', kind: 'wireguard', mtu_bytes: 1420, faults: [fault] } as const;
    const { stdout } = await play(
      ['-c', 'h', '-t', 'mtu', '-p', 'tcp'],
      found({ protocol: 'tcp', forward: null, backward: null, tcp, tunnel_device, wireguard: [], findings: [] }),
    );
    expect(stdout).toMatch(
      /segments of 1348 octets, asked for 1460, path MTU 1400 by the kernel; the target\n {2}sends segments of 1348\n/,
    );
    expect(stdout).toContain('\na middlebox rewrites the MSS option of TCP\n');
    expect(stdout).toContain(`\n${fault}\n`);
  });

  test('text of the network reaches no terminal as it is', async () => {
    const words = 'a\x1b[2J';
    const { stdout } = await play(
      ['-c', 'h', '-t', 'mtu'],
      found({ findings: [words], forward: direction({ words }) }),
    );
    expect(stdout).not.toContain('\x1b');
    expect(stdout.match(/a\\x1b\[2J/g)).toHaveLength(2);
  });

  test('the server is entered as with other tests', async () => {
    const secret = new TextEncoder().encode('0123456789abcdef');
    const asked = async (argv: readonly string[]) =>
      (await play([...argv, '-t', 'mtu'], { secrets: { f: { bytes: secret, mode: 0o600 } }, ...found() })).probes[0]
        ?.server;
    expect(await asked(['-c', 'h'])).toEqual({ secret: null, wait: true });
    expect(await asked(['-c', 'h', '--no-wait'])).toEqual({ secret: null, wait: false });
    expect(await asked(['-c', 'h', '--secret-file', 'f'])).toEqual({ secret, wait: true });
    expect(await asked(['-x', 'h'])).toBeNull();
  });

  test.each([
    ['-x h -t mtu -l 100', /^winze: -l is not for the path MTU, /],
    ['-x h -t mtu -i 3', /^winze: -i is not for the path MTU/],
    ['-x h -t mtu -g 1s', /^winze: -g is not for the path MTU/],
    ['-x h -t mtu --hops 3', /--hops is for a trace/],
    ['-c h -t mtu -cport 5000', /-cport with -t mtu is for -x/],
    ['-x h:9 -t mtu -p icmp', /leave out the port/],
  ])('refuses %s', async (line, words) => {
    const { code, stderr, probes } = await play(line.split(' '));
    expect([code, probes]).toEqual([2, []]);
    expect(stderr).toMatch(words);
  });

  test('beside another test, its options are for that one', async () => {
    const { probes } = await play('-x h -t mtr,mtu -i 3 -g 1s'.split(' '));
    expect(probes[0]?.tests.map(({ test }) => test)).toEqual(['mtr', 'mtu']);
  });
});
