import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, NetError } from '../../src/core/errors.ts';
import type { PathDocument } from '../../src/core/shapes/path/document.ts';
import type { ProbeConfig } from '../../src/core/shapes/path/probe-config.ts';
import { isPath } from '../support/schemas.ts';
import { connectionsResult, httpResult, pingResult, pingRow } from '../unit/report/path/lane-samples.ts';
import { hop, hopAddress, pathDocument, trace } from '../unit/report/path/samples.ts';
import { play } from './fakes.ts';

const STARTED = {
  tag: 'probe-started',
  test: 'mtr',
  protocol: 'udp',
  family: 4,
  address: '198.51.100.7',
  port: 33434,
  method: 'udp error queue',
  name: 'host.example',
  from: null,
  max_hops: 30,
} as const;

test('a password in a URL is refused, and not repeated', async () => {
  const { code, stderr } = await play(['-x', 'https://user:secret@192.0.2.1/x@y', '-i', '1']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^winze: -x https:\/\/\.\.\.@192\.0\.2\.1\/x@y: leave out user and password/);
});

describe('winze -x', () => {
  test('prints the table of hops and what it means', async () => {
    const { code, stdout, stderr } = await play(['-x', 'host.example', '-t', 'mtr']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^mtr to host\.example \(198\.51\.100\.7:33434\), UDP by udp error queue\n/);
    expect(stdout).toMatch(
      /\n {2}1 gateway\S* \(192\.0\.2\.1\) .* 0% +10 1\.100ms 1\.000ms 2\.000ms 2\.000ms 120\.0µs\n/,
    );
    expect(stdout).toMatch(/\n {2}2 192\.0\.2\.2 .*90\.0% .*\n {4}answers only some probes; the loss does not go on\n/);
    expect(stdout).toMatch(/\n {2}3 \? +100\.0% +10 +- +- /);
    expect(stdout).toContain('\nno loss on the way to the target; ');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('--json prints one document, as the schema wants it', async () => {
    const { code, stdout } = await play([
      '-x',
      'h',
      '-t',
      'tr',
      '--json',
      '-T',
      'night',
      '--expect',
      'hops<=12',
      'p99<8ms',
    ]);
    expect(code).toBe(1);
    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({
      schema: 'winze-path/1',
      title: 'night',
      expectations: [
        { expression: 'hops<=12', measured: 4, met: true },
        { expression: 'p99<8ms', measured: 8e6, met: false },
      ],
    });
    expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
  });

  test('--json-stream prints one object a line, and ends with the document once', async () => {
    const { stdout } = await play(['-x', 'h', '-t', 'tr', '--json-stream', '--expect', 'loss<1%'], {
      probe: async (config) => {
        config.onEvent(STARTED);
        config.onEvent({ tag: 'hop', address: '198.51.100.7', from: null, hop: hop(1) });
        config.onEvent({ tag: 'round', address: '198.51.100.7', from: null, round: { rounds: 1, hops: [hop(1)] } });
        config.onEvent({ tag: 'ended', document: pathDocument() });
        return pathDocument();
      },
    });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toEqual(['start', 'interval', 'interval', 'end']);
    expect(lines.at(-1)?.data.expectations).toEqual([{ expression: 'loss<1%', measured: 0, met: true }]);
  });

  test('in a terminal the table is drawn over itself, and the report replaces it', async () => {
    const { stdout, files } = await play(['-x', 'h', '-t', 'mtr', '-o', 'f.txt'], {
      tty: true,
      columns: 100,
      rows: 6,
      probe: async (config) => {
        config.onEvent(STARTED);
        for (const rounds of [1, 2]) {
          config.onEvent({
            tag: 'round',
            address: '198.51.100.7',
            from: null,
            round: { rounds, hops: Array.from({ length: 9 }, (_, i) => hop(i + 1)) },
          });
        }
        return pathDocument();
      },
    });
    // Title and head first, then twice the five lines that a screen of six has room for.
    const ups = stdout.split('\x1b[').flatMap((part) => /^(\d+)A\r$/.exec(part)?.[1] ?? []);
    expect(ups).toEqual(['2', '5', '5']);
    const last = stdout.slice(stdout.lastIndexOf('round 2'), stdout.lastIndexOf('\x1b[5A'));
    expect(last).toContain('192.0.2.9');
    expect(last).not.toContain('192.0.2.6');
    expect(stripVTControlCharacters(stdout)).toContain('round 2');
    expect(files.get('f.txt')).not.toContain('round 2');
    expect(files.get('f.txt')).toContain('host.example');
    expect(files.get('f.txt')).not.toContain('\x1b');
  });

  test('in a terminal, several traces are tables one beneath the other', async () => {
    const inside = { address: '10.0.0.2', from: null } as const;
    const { stdout } = await play(['-x', 'h', '-t', 'mtr'], {
      tty: true,
      columns: 100,
      rows: 12,
      probe: async (config) => {
        config.onEvent(STARTED);
        config.onEvent({ ...STARTED, ...inside, name: 'inside' });
        config.onEvent({ tag: 'round', address: '198.51.100.7', from: null, round: { rounds: 1, hops: [hop(1)] } });
        const hops = Array.from({ length: 9 }, (_, i) => hop(i + 1));
        config.onEvent({ tag: 'round', ...inside, round: { rounds: 2, hops } });
        return pathDocument();
      },
    });
    const last = stdout.slice(stdout.lastIndexOf('\x1b[J', stdout.lastIndexOf('round 2')), stdout.lastIndexOf('A\r'));
    const text = stripVTControlCharacters(last);
    expect(text).toMatch(/^mtr to host\.example .*, round 1\n.*\n {2}1 192\.0\.2\.1 .*\nmtr to inside .*, round 2\n/);
    // Of a screen of twelve lines, each has five; one stays free.
    expect(text.split('\n').filter((line) => /^ {2}\d /.test(line))).toHaveLength(1 + 3);
  });

  test('a terminal that is too narrow for the table gets the report alone', async () => {
    const { stdout } = await play(['-x', 'h', '-t', 'mtr'], {
      tty: true,
      columns: 40,
      probe: async (config) => {
        config.onEvent(STARTED);
        config.onEvent({ tag: 'round', address: '198.51.100.7', from: null, round: { rounds: 1, hops: [hop(1)] } });
        return pathDocument();
      },
    });
    expect(stdout).not.toContain('round 1');
    expect(stdout).toContain('no loss on the way to the target');
  });

  test('names from the network reach no terminal as they are', async () => {
    const document = pathDocument({
      tests: [trace({ test: 'trace', hops: [hop(1, { addresses: [hopAddress('192.0.2.1', 'a\x1b[2J\u202eb')] })] })],
    });
    const { stdout } = await play(['-x', 'h', '-t', 'tr'], { probe: async () => document });
    expect(stdout).toContain('a\\x1b[2J\\u{202e}b');
    expect(stdout).not.toContain('\x1b');
  });

  test('in a pipe mtr ends after ten rounds; in a terminal it goes on', async () => {
    const spec = async (argv: string[], tty = false) =>
      (await play(['-x', 'h', '-t', 'mtr', ...argv], { tty })).probes[0]?.tests[0];
    expect(await spec([])).toMatchObject({ count: 10, duration_ns: null });
    expect(await spec(['-d', '30'])).toMatchObject({ count: null, duration_ns: 30e9 });
    expect(await spec([], true)).toMatchObject({ count: null, duration_ns: null });
    expect(await spec(['--json'], true)).toMatchObject({ count: 10 });
  });

  test.each<[ErrorCode, number]>([
    ['ERR_CONNECT', 3],
    ['ERR_UNSUPPORTED', 5],
    ['ERR_ABORTED', 6],
  ])('%s with nothing measured: one line, a document, exit %d', async (code, status) => {
    const probe = async (): Promise<never> => {
      throw new NetError(code, 'h:\nno\x1b[2J');
    };
    const world = await play(['-x', 'h', '-t', 'tr', '--json'], { probe });
    expect([world.code, world.stderr]).toEqual([status, 'winze: h:\\nno\\x1b[2J\n']);
    expect(JSON.parse(world.stdout)).toMatchObject({ tests: [], complete: false, error: { code } });
    expect(isPath(JSON.parse(world.stdout))).toBe(true);
  });

  test('Ctrl-C prints what was measured, exit 6', async () => {
    const error = { code: 'ERR_ABORTED', message: 'stopped by SIGINT' };
    const { code, stdout, killed } = await play(['-x', 'h', '-t', 'mtr'], {
      probe: async (config, act) => {
        act.signal('SIGINT');
        expect(config.signal?.aborted).toBe(true);
        return pathDocument({ tests: [trace({ complete: false, error })], complete: false, error });
      },
    });
    expect([code, killed]).toEqual([6, []]);
    expect(stdout).toMatch(/gateway[\s\S]*not complete: stopped by SIGINT\n$/);
  });
});

describe('the options of probes', () => {
  const settings = async (line: string) => {
    const { probes, stderr } = await play(line.split(' '));
    return probes[0] ?? stderr;
  };

  test.each([
    ['-x h -t tr', { name: 'h', port: null, url: null }, [{ test: 'trace', protocol: 'udp' }]],
    ['-x h:443 -t tr', { name: 'h', port: 443, url: null }, [{ test: 'trace', protocol: 'tcp' }]],
    ['-x [2001:db8::1]:80 -t mtr', { name: '2001:db8::1', port: 80 }, [{ test: 'mtr' }]],
    ['-x 2001:db8::1 -t mtr', { name: '2001:db8::1', port: null }, [{ protocol: 'udp' }]],
    ['-x https://h/a?b', { name: 'h', port: 443, url: 'https://h/a?b' }, [{ test: 'http', protocol: 'tcp' }]],
    ['-x http://h:8080', { name: 'h', port: 8080 }, [{ test: 'http' }]],
    ['-x h', { name: 'h' }, [{ test: 'ping', protocol: 'icmp' }]],
    ['-x h:22', { port: 22 }, [{ test: 'ping', protocol: 'tcp' }]],
    ['-x h:22 -t c,l', { port: 22 }, [{ test: 'connections' }, { test: 'latency' }]],
    ['-c h -t tr', { name: 'h', port: 8888, url: null }, [{ test: 'trace', protocol: 'tcp' }]],
    [
      '-c h -t tr,mtr --both',
      {},
      [
        { test: 'trace', both: true },
        { test: 'mtr', both: false },
      ],
    ],
    ['-c h -t mtr --both', {}, [{ test: 'mtr', both: true }]],
    ['-c h -port 99 -t mtr -p udp', { port: 99 }, [{ test: 'mtr', protocol: 'udp' }]],
    [
      '-x h -t mtr -p icmp,udp -i 2 -w 1 -cport 5000 --hops 9 --paths 4 --no-names -g 20ms',
      {},
      [
        { count: 2, warmup: 1, client_port: 5000, max_hops: 9, paths: 4, names: false, gap_ns: 20e6 },
        { protocol: 'udp' },
      ],
    ],
  ])('%s', async (line, target, tests) => {
    expect(await settings(line)).toMatchObject({ target, tests });
  });

  test('an option that one of several tests uses is for that one', async () => {
    expect(await settings('-x h -t tr,mtr -w 2 -p udp')).toMatchObject({ tests: [{ warmup: 2 }, { warmup: 2 }] });
    expect(await settings('-x h -t pi -p icmp,udp -cport 5000 -l 100')).toMatchObject({ tests: [{}, {}] });
  });

  test('-4, -6 and both', async () => {
    expect(await settings('-x h -t tr')).toMatchObject({ families: [] });
    expect(await settings('-x h -t tr -6')).toMatchObject({ families: [6] });
    expect(await settings('-x h -t tr -4 -6')).toMatchObject({ families: [4, 6] });
  });

  test.each([
    ['-x h:0', /expected a port of 1 to 65535/],
    ['-x h:', /expected a port/],
    ['-x ftp://h', /a URL of http:\/\/ or https:\/\//],
    ['-x https://u:p@h', /leave out user and password/],
    ['-x h -c h', /exclude each other; choose one$/m],
    ['-x h -t b', /-t b needs winze at the far end/],
    ['-x h -r', /^winze: -r is for a client \(-c\), not for external mode \(-x\)$/m],
    ['-c h -t mtr -r', /-r is for bandwidth and latency tests against a server; leave it out/],
    [
      '-c h -t mtr --via a --from eth0',
      /--from compares sources, --via compares addresses of the server; leave out one/,
    ],
    ['-c h -t mtr --via a --via a', /--via a: the same address twice/],
    ['-c h -t mtr --via a --rounds 5', /--rounds is for bandwidth and latency tests/],
    ['-x h -t mtr --via a', /--via/],
    ['-x h -t tr -d 5', /use -t mtr -d TIME/],
    ['-x h:1 -t tr -p icmp', /leave out the port of -x/],
    ['-x h -t l -p udp', /use -t pi for ICMP/],
    ['-x h -t c --hops 5', /--hops is for a trace/],
    ['-x h -t tr -w 5s', /-w counts probes here/],
    ['-x 192.0.2.1 -6 -t tr', /exclude each other/],
    ['-x h -t mtr --expect goodput>1M', /no such metric; there are hops, loss/],
    ['-x h -t mtr --expect hops', /expected metric, operator/],
    ['-x h -t tr --both', /--both needs winze at the far end/],
    ['-c h -t mtu --both', /--both is for a trace; use -t tr or -t mtr/],
    ['-x h:1 -l 100', /^winze: -l: a connection carries nothing here; leave it out, or use -t pi -p udp$/m],
    ['-x h:1 -t c,l -l 100', /-l: a connection carries nothing here/],
    ['-x http://h -l 100', /-l: a request is as long as its URL makes it/],
    ['-x http://h -cport 5000', /-cport: each request has a connection and a port of its own/],
    ['-x h -cport 5000', /-cport: ICMP has no ports/],
    ['-x h -t tr -w 2', /-w: a traceroute has no warm-up; leave it out, or use -t mtr/],
    ['-x h -l 70000', /^winze: -l 70000: a datagram has 65507 bytes at most$/m],
    ['-x h -i 0', /^winze: -i 0: for no lines .* use -q; for a test that goes on until Ctrl-C use -d 0$/m],
    ['-x h -t tr -n 4', /-n is for connections a second/],
  ])('refuses %s', async (line, words) => {
    const { code, stderr, probes } = await play(line.split(' '));
    expect([code, probes]).toEqual([2, []]);
    expect(stderr).toMatch(words);
    expect(stderr.match(/\n/g)).toHaveLength(1);
  });
});

describe('winze -x: pings and HTTP', () => {
  const settingsOf = async (...argv: readonly string[]) => {
    const { code, stderr, probes } = await play(argv);
    expect([code, stderr]).toEqual([0, '']);
    return probes[0];
  };

  test.each([
    [['-x', 'h'], { tests: [{ test: 'ping', protocol: 'icmp', warmup: 0 }], target: { port: null } }],
    [['-x', 'h:443', '-w', '2'], { tests: [{ test: 'ping', protocol: 'tcp', warmup: 2 }], target: { port: 443 } }],
    [['-x', 'h:443', '-t', 'c', '-n', '4'], { tests: [{ test: 'connections', streams: 4 }] }],
    [['-x', 'h:443', '-t', 'l'], { tests: [{ test: 'latency', protocol: 'tcp' }] }],
    [['-x', 'https://h/a?b', '-4', '-6'], { tests: [{ test: 'http' }], families: [4, 6], target: { port: 443 } }],
    [
      ['-x', 'h:1', '--from', 'wg0', '--from', '[2001:db8::1]', '--from', '192.0.2.1'],
      {
        sources: [
          { address: null, device: 'wg0' },
          { address: '2001:db8::1', device: null },
          { address: '192.0.2.1', device: null },
        ],
      },
    ],
    [['-c', 'h', '-t', 'pi'], { tests: [{ test: 'ping', protocol: 'tcp' }], target: { port: 8888 } }],
    [['-c', 'h', '-t', 'pi', '-p', 'udp'], { tests: [{ test: 'ping', protocol: 'udp' }], server: { wait: true } }],
  ])('%j', async (argv, want) => {
    expect(await settingsOf(...argv)).toMatchObject(want);
  });

  test.each([
    [['-x', 'h', '--from', '10.0.0'], /--from.*expected an address of this host, or a device such as eth0/],
    [['-x', 'h', '--from', 'a/b'], /--from.*expected an address of this host, or a device such as eth0/],
    [['-x', 'h', '--from', 'wg0', '-ip', '192.0.2.1'], /--from says where probes leave from; leave out -ip/],
    [['-x', 'h', '--from', 'wg0', '--dev', 'eth0'], /--from says where probes leave from; leave out --dev/],
    [['-c', 'h', '--from', 'wg0'], /--from is for probes of a path/],
    [['-x', 'h:1', '-t', 'c', '-p', 'udp'], /connections are those of TCP/],
    [['-x', 'h:1', '-n', '4'], /-n is for connections a second/],
    [['-x', 'h', ...Array.from({ length: 9 }, (_, i) => ['--from', `192.0.2.${i}`]).flat()], /8 sources at most/],
  ])('%j is refused in one line', async (argv, message) => {
    const { code, stderr, probes } = await play(argv);
    expect([code, probes.length]).toEqual([2, 0]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  const started = { ...STARTED, test: 'ping', protocol: 'icmp', port: null, method: 'ping socket' } as const;

  test.each([false, true])('rows are printed as they come and stay, on a terminal: %s', async (tty) => {
    const { stdout } = await play(['-x', 'h'], {
      tty,
      probe: async ({ onEvent }) => {
        onEvent(started);
        for (const sequence of [0, 1, 2]) onEvent({ tag: 'ping', row: pingRow({ sequence }) });
        const result = pingResult();
        onEvent({ tag: 'test-ended', result });
        return pathDocument({ tests: [result] });
      },
    });
    const shown = stripVTControlCharacters(stdout);
    expect(shown).toMatch(/^ping to host\.example \(198\.51\.100\.7\), ICMP by ping socket\n/);
    expect(shown).toContain('seq=0 ttl=57 time=12.34ms\n198.51.100.7: seq=1 ');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what erases.
    expect(stdout).not.toMatch(/\x1b\[\d*[AJ]/);
  });

  test('-q leaves them out, and --json-stream has them as objects', async () => {
    const probe = async ({ onEvent }: ProbeConfig): Promise<PathDocument> => {
      onEvent(started);
      onEvent({ tag: 'ping', row: pingRow() });
      return pathDocument({ tests: [pingResult()] });
    };
    expect((await play(['-x', 'h', '-q'], { probe })).stdout).not.toContain('seq=3');
    const { stdout } = await play(['-x', 'h', '--json-stream'], { probe });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[1]).toMatchObject({ event: 'interval', data: { test: 'ping', sequence: 3, rtt_ns: 12_340_000 } });
  });

  test('--expect knows losses, times and connections of them', async () => {
    const tests = [pingResult({ loss_ratio: 0.1 }), connectionsResult(), httpResult()];
    const probe = async (): Promise<PathDocument> => pathDocument({ tests });
    const expressions = ['connections>=5000', 'loss<5%', 'p50<100ms', 'p50<50ms'];
    const { code, stdout } = await play(['-x', 'h:1', '--json', ...expressions.flatMap((one) => ['--expect', one])], {
      probe,
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).expectations.map(({ met }: { met: boolean }) => met)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });
});
