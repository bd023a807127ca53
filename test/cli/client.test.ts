import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, NetError } from '../../src/core/errors.ts';
import type { ClientConfig } from '../../src/core/shapes/config.ts';
import type { ResultDocument } from '../../src/core/shapes/result.ts';
import { isResult, validStream } from '../support/schemas.ts';
import { pingRow } from '../unit/report/path/lane-samples.ts';
import { pathDocument, trace } from '../unit/report/path/samples.ts';
import { documentOf, eventsOf, measureAll, play } from './fakes.ts';

describe('winze -c', () => {
  test('prints rows as they come and the summary on stdout, progress on stderr', async () => {
    const { code, stdout, stderr, clients } = await play(['-c', '192.0.2.2', '-n', '2', '-d', '1']);
    expect(code).toBe(0);
    expect(stderr).toBe('winze: server busy: place 2 in the queue\n');
    expect(stdout).toMatch(/^Using destination: 192.0.2.2, ip: 192.0.2.2, port: 8888\n/);
    expect(stdout).toMatch(/\[ {4}1\] {5}TCP {6}000-001 sec .*\n\[ {4}2\].*\n\[ {2}SUM\] .* 9\.41G/);
    expect(stdout.indexOf('[  SUM]')).toBeLessThan(stdout.indexOf('winze 0.1.0'));
    expect(stdout).not.toContain('\x1b');
    expect(clients).toHaveLength(1);
    expect(clients[0]).toMatchObject({ host: '192.0.2.2', secret: null });
  });

  test('tests of the path beside others: the path MTU first, options of each where they belong', async () => {
    const argv = '-c h --via a -t b,tr,l,mtu,pi,mtr -i 5 --hops 9 --no-names -d 2s -g 20ms -l 1K --dscp EF'.split(' ');
    const { code, clients, probes } = await play(argv);
    expect([code, probes]).toEqual([0, []]);
    const [client] = clients;
    expect(client?.tests.map(({ test, duration_ns, tos }) => [test, duration_ns, tos])).toEqual([
      ['bandwidth', 2e9, 184],
      ['latency', 2e9, 184],
    ]);
    const trace = { protocol: 'tcp', tos: 184, count: 5, names: false, max_hops: 9 };
    expect(client?.path_tests).toEqual([
      { test: 'mtu', protocol: 'udp', tos: 184 },
      { test: 'trace', ...trace },
      { test: 'ping', protocol: 'tcp', tos: 184, count: 5 },
      { test: 'mtr', ...trace },
    ]);
    // Alone, mtr would not end.
    const endless = await play(['-c', 'h', '-t', 'mtr,b', '--paths', '2']);
    expect(endless.clients[0]?.path_tests).toMatchObject([{ test: 'mtr', count: 10, protocol: 'udp', paths: 2 }]);
    expect((await play(['-c', 'h', '-t', 'b'])).clients[0]?.path_tests).toEqual([]);
  });

  test.each([
    ['-t b,mtu -i 5', /-i counts probes of a path/],
    ['-t b,mtu --hops 5', /--hops is for a trace/],
    ['-t b,mtu --no-names', /--no-names is for a trace/],
    ['-t b,tr -p icmp', /-p icmp is for pi, tr, mtr and mtu/],
    ['-t b,tr --from eth0', /--from is for probes of a path/],
  ])('refuses -c h %s', async (line, words) => {
    const { code, stderr, clients } = await play(['-c', 'h', ...line.split(' ')]);
    expect([code, clients]).toEqual([2, []]);
    expect(stderr).toMatch(words);
  });

  test('what tests of the path found is printed with the rest, their beginnings and rows as they come', async () => {
    const { tests } = pathDocument({ tests: [trace(), trace({ via: 'inside', address: '10.0.0.2' })] });
    const started = {
      tag: 'probe-started',
      protocol: 'tcp',
      family: 4,
      address: '192.0.2.9',
      port: 8888,
      name: 'h',
      from: null,
      max_hops: null,
    } as const;
    const connect = async (config: ClientConfig): Promise<ResultDocument> => {
      config.onEvent({ tag: 'path-event', event: { ...started, test: 'mtr', method: 'tcp connect' } });
      config.onEvent({ tag: 'path-event', event: { tag: 'ping', row: pingRow() } });
      config.onEvent({ tag: 'path-event', event: { tag: 'test-ended', result: trace() } });
      return { ...documentOf(config), path_tests: tests };
    };
    const argv = ['-c', 'h', '-t', 'mtr,pi,b'];
    const { stdout } = await play(argv, { connect });
    expect(stdout).toMatch(
      /^Running test: mtr to h \(192\.0\.2\.9:8888\), TCP by tcp connect\n198\.51\.100\.7: seq=3 /,
    );
    expect(stdout).toMatch(/\nmtr to h \(198\.51\.100\.7:33434\), UDP .*\nhop router/);
    expect(stdout).toMatch(/\nmtr to inside \(10\.0\.0\.2:33434\), UDP .*\nhop router/);
    expect(stdout.indexOf('mtr to inside')).toBeLessThan(stdout.indexOf('TCP upload'));
    const quiet = (await play([...argv, '-q'], { connect })).stdout;
    expect(quiet).not.toContain('Running test');
    expect(quiet).toContain('mtr to inside');
    const stream = (await play([...argv, '--json-stream'], { connect })).stdout.trimEnd().split('\n');
    const [first, second] = stream.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ event: 'start', data: { kind: 'probe', test: 'mtr', name: 'h' } });
    expect(second).toMatchObject({ event: 'interval', data: { test: 'ping', sequence: 3 } });
    const json: unknown = JSON.parse((await play([...argv, '--json'], { connect })).stdout);
    expect(isResult(json), JSON.stringify(isResult.errors)).toBe(true);
    expect(json).toMatchObject({ path_tests: [{ via: null }, { via: 'inside' }] });
  });

  test('-q prints the summary only', async () => {
    const { stdout, stderr } = await play(['-c', 'h', '-q']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^winze 0\.1\.0, 2026/);
  });

  test('-ncs prints the sum and no stream', async () => {
    const { stdout } = await play(['-c', 'h', '-n', '2', '-ncs']);
    expect(stdout).toContain('[  SUM]');
    expect(stdout).not.toContain('[    1]');
    expect(stdout).not.toContain('192.0.2.1:40001');
  });

  test('-dp sets the decimals of rates in rows and in the summary', async () => {
    const two = (await play(['-c', 'h', '-n', '2', '-dp', '2'])).stdout;
    expect(two).toMatch(/\[ {4}1\] .* 4\.71G .*\n(.*\n)?\[ {2}SUM\] .* 9\.41G/);
    expect(two).toMatch(/goodput +│? *9\.41 Gbit\/s/);
    const one = (await play(['-c', 'h', '-n', '2', '-dp=1'])).stdout;
    expect(one).toMatch(/\[ {2}SUM\] .* 9\.4G/);
    expect(one).toMatch(/goodput +│? *9\.4 Gbit\/s/);
  });

  test('has colours on a terminal, and not with NO_COLOR, --no-color or TERM=dumb', async () => {
    const argv = ['-c', 'h', '--expect', 'goodput>1M'];
    expect((await play(argv, { tty: true })).stdout).toContain('\x1b[');
    expect((await play(argv, { tty: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\x1b');
    expect((await play(argv, { tty: true, env: { TERM: 'dumb' } })).stdout).not.toContain('\x1b');
    expect((await play([...argv, '--no-color'], { tty: true })).stdout).not.toContain('\x1b');
  });

  test('--json prints one document and nothing else on stdout', async () => {
    const { code, stdout, stderr } = await play(['-c', 'h', '--json', '-T', 'night']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'winze-result/1', title: 'night', complete: true });
    expect(stderr).toBe('winze: server busy: place 2 in the queue\n');
  });

  test('--json-stream prints one object a line, and ends with the document once', async () => {
    const { stdout } = await play(['-c', 'h', '--json-stream', '--expect', 'goodput>=1G']);
    const lines = validStream('testEvent', stdout);
    expect(lines.map(({ event }) => event)).toEqual(['start', 'start', 'start', 'interval', 'end']);
    expect(lines.at(-1)?.data.expectations).toEqual([{ expression: 'goodput>=1G', measured: 9.41e9, met: true }]);
  });

  test('says once that UDP without a rate floods, and that -w is no count', async () => {
    const notes = async (line: string) =>
      (await play(['-c', 'h', ...line.split(' ')])).stderr.split('\n').filter((text) => /floods|-w|a write/.test(text));
    const flood = expect.stringMatching(/^winze: UDP without -b floods: .* use -b RATE$/);
    expect(await notes('-p udp')).toEqual([flood]);
    expect(await notes('-p tcp,udp -t b,l')).toEqual([flood]);
    expect(await notes('-p udp --json')).toEqual([flood]);
    expect(await notes('-p udp -w 10')).toEqual([expect.stringMatching(/^winze: -w 10 is a warm-up of 10 s; /), flood]);
    expect(await notes('-l 1GB')).toEqual([expect.stringMatching(/^winze: a write has 16 MiB at most/)]);
    for (const line of ['-p udp -b 1M', '-p udp -b 0', '-p udp -t l', '-p tcp', '-p udp -q']) {
      expect(await notes(line), line).toEqual([]);
    }
  });

  test('-debug writes every event to stderr', async () => {
    const { stderr } = await play(['-c', 'h', '-debug']);
    expect(stderr).toContain('{"tag":"connected"');
  });
});

describe('--expect', () => {
  test('exits 0 when all hold and 1 when one does not', async () => {
    expect((await play(['-c', 'h', '--expect', 'goodput>=9G'])).code).toBe(0);
    const missed = await play(['-c', 'h', '--json', '--expect', 'goodput>=9G', 'goodput>=10G']);
    expect(missed.code).toBe(1);
    expect(JSON.parse(missed.stdout).expectations).toEqual([
      { expression: 'goodput>=9G', measured: 9.41e9, met: true },
      { expression: 'goodput>=10G', measured: 9.41e9, met: false },
    ]);
  });

  test('is read before anything is sent', async () => {
    const { code, stderr, clients } = await play(['-c', 'h', '--expect', 'speed>1']);
    expect([code, clients.length]).toEqual([2, 0]);
    expect(stderr).toMatch(/^winze: --expect 'speed>1': no such metric; there are .*\n$/);
  });
});

describe('a failure', () => {
  test.each<[ErrorCode, number]>([
    ['ERR_CONNECT', 3],
    ['ERR_PEER_PROTOCOL', 3],
    ['ERR_REFUSED', 4],
    ['ERR_UNSUPPORTED', 5],
    ['ERR_PEER_LOST', 6],
    ['ERR_ABORTED', 6],
  ])('%s with nothing measured: one line on stderr, exit %d', async (error, status) => {
    const connect = async (): Promise<never> => {
      throw new NetError(error, 'h port 8888: it\nfailed\x1b[2J');
    };
    for (const mode of [[], ['--json']]) {
      const { code, stdout, stderr } = await play(['-c', 'h', ...mode], { connect });
      expect([code, stdout.length > 0]).toEqual([status, mode.length > 0]);
      expect(stderr).toBe('winze: h port 8888: it\\nfailed\\x1b[2J\n');
    }
    const { stdout } = await play(['-c', 'h', '--json-stream'], { connect });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { event: 'error', data: { code: error } },
      { event: 'end', data: { complete: false, error: { code: error } } },
    ]);
  });

  test.each([
    [['--json'], 'stdout'],
    [['-o', 'f.json'], 'file'],
    [['-o', 'f.json', '--json-stream'], 'file'],
  ] as const)('%j: a document with the error, as the schema wants it', async (options, where) => {
    const message = 'h port 8888: nothing listens';
    const connect = async (): Promise<never> => {
      throw new NetError('ERR_CONNECT', message);
    };
    const argv = ['-c', '192.0.2.2', '-port', '9', '-T', 'night', '--expect', 'goodput>1M', ...options];
    const { code, stdout, files } = await play(argv, { connect });
    expect(code).toBe(3);
    const document: unknown = JSON.parse(where === 'stdout' ? stdout : (files.get('f.json') ?? ''));
    expect(document).toMatchObject({
      title: 'night',
      target: { host: '192.0.2.2', port: 9 },
      server: null,
      tests: [],
      expectations: [{ expression: 'goodput>1M', measured: null, met: false }],
      complete: false,
      error: { code: 'ERR_CONNECT', message },
    });
    expect(isResult(document), JSON.stringify(isResult.errors)).toBe(true);
  });

  test('of winze itself has such a document too', async () => {
    const connect = async (): Promise<never> => {
      throw new TypeError('x is not a function');
    };
    const { code, stdout } = await play(['-c', 'h', '--json'], { connect });
    expect([code, JSON.parse(stdout).error]).toEqual([
      70,
      { code: 'ERR_INTERNAL', message: 'internal error: x is not a function' },
    ]);
    expect(isResult(JSON.parse(stdout))).toBe(true);
  });

  test('in the middle: what was measured is printed, exit 6', async () => {
    const error = { code: 'ERR_PEER_LOST', message: 'h fell silent for 10 s' };
    const { code, stdout, stderr } = await play(['-c', 'h', '--json', '--expect', 'goodput>=100G'], {
      connect: async (config) => documentOf(config, { complete: false, error }),
    });
    expect(code).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, error, tests: [{}] });
    expect(stderr).toBe('winze: h fell silent for 10 s\n');
  });

  test('that is a defect: one line on stderr, exit 70, and a trace with -debug', async () => {
    const connect = async (): Promise<never> => {
      throw new TypeError('x is not a function');
    };
    const { code, stdout, stderr } = await play(['-c', 'h'], { connect });
    expect([code, stdout]).toEqual([70, '']);
    expect(stderr).toBe('winze: internal error: x is not a function (-debug shows where; please report it)\n');
    expect((await play(['-c', 'h', '-debug'], { connect })).stderr).toContain('client.test.ts');
  });
});

describe('Ctrl-C', () => {
  test('once: ends the test, prints what was measured, exit 6', async () => {
    const { code, stdout, killed, signalListeners } = await play(['-c', 'h', '-d', '0'], {
      connect: async (config, act) => {
        for (const event of eventsOf(config)) config.onEvent(event);
        act.signal('SIGINT');
        expect(config.signal?.aborted).toBe(true);
        expect(config.signal?.reason).toMatchObject({ code: 'ERR_ABORTED', message: 'stopped by SIGINT' });
        return documentOf(config, { complete: false, error: { code: 'ERR_ABORTED', message: 'stopped by SIGINT' } });
      },
    });
    expect(code).toBe(6);
    expect(stdout).toMatch(/not complete: ERR_ABORTED: stopped by SIGINT\n$/);
    expect(killed).toEqual([]);
    expect(signalListeners, 'the signals are given back').toBe(0);
  });

  test('twice: ends the process', async () => {
    const { killed } = await play(['-c', 'h'], {
      connect: async (config, act) => {
        act.signal('SIGTERM');
        act.wait(1000);
        act.signal('SIGINT');
        return documentOf(config, { complete: false });
      },
    });
    expect(killed).toEqual(['SIGINT']);
  });

  test('twice within 1 s, as of timeout(1), is once: the result is printed', async () => {
    const { code, stdout, killed } = await play(['-c', 'h', '-q'], {
      connect: async (config, act) => {
        act.signal('SIGINT');
        act.signal('SIGINT');
        act.wait(999);
        act.signal('SIGINT');
        return documentOf(config, { complete: false, error: { code: 'ERR_ABORTED', message: 'stopped by SIGINT' } });
      },
    });
    expect([code, killed]).toEqual([6, []]);
    expect(stdout).toContain('not complete: ERR_ABORTED');
  });
});

describe('-o', () => {
  test('gets what stdout gets, without colours', async () => {
    const { stdout, files, closedFiles } = await play(['-c', 'h', '-o', 'out.txt', '--expect', 'goodput>1M'], {
      tty: true,
    });
    expect(files.get('out.txt')).toBe(stripVTControlCharacters(stdout));
    expect(stdout).toContain('\x1b[');
    expect(closedFiles).toEqual(['out.txt']);
  });

  test.each([[], ['--json-stream'], ['--json']])('FILE.json gets the document only %s', async (...mode) => {
    const { stdout, files } = await play(['-c', 'h', '-o', 'out.JSON', ...mode]);
    expect(JSON.parse(files.get('out.JSON') ?? '')).toMatchObject({ schema: 'winze-result/1' });
    expect(stdout.length).toBeGreaterThan(0);
  });

  test('leaves the file that is there until all is written, and for good if nothing is', async () => {
    const existing = { 'out.txt': 'before', 'out.json': 'before' };
    let during: unknown;
    const whole = await play(['-c', 'h', '-o', 'out.txt'], {
      existing,
      connect: async (config, _, files) => {
        for (const event of eventsOf(config)) config.onEvent(event);
        await new Promise(setImmediate);
        during = files.get('out.txt');
        return documentOf(config);
      },
    });
    expect(during).toBe('before');
    expect(whole.files.get('out.txt')).toBe(whole.stdout);
    const failed = await play(['-c', 'h', '-o', 'out.txt'], {
      existing,
      connect: async () => {
        throw new NetError('ERR_CONNECT', 'no');
      },
    });
    expect([failed.files.get('out.txt'), failed.closedFiles]).toEqual(['before', ['out.txt']]);
    const full = await play(['-c', 'h', '-o', 'out.json'], { existing, diskFullAt: 1 });
    expect([full.code, full.files.get('out.json')]).toEqual([5, 'before']);
  });

  test('that cannot be opened fails before anything is sent, exit 5', async () => {
    const { code, stdout, stderr, clients } = await play(['-c', 'h', '-o', '/full/out'], { diskFullAt: 0 });
    expect([code, stdout, clients.length]).toEqual([5, '', 0]);
    expect(stderr).toBe('winze: -o /full/out: cannot write the file: ENOSPC: no space left on device, write\n');
  });

  test.each([1, 2, 4])(
    'on a disk that is full at write %d: one line, stdout has it all, exit 5',
    async (diskFullAt) => {
      const whole = await play(['-c', 'h']);
      const { code, stdout, stderr } = await play(['-c', 'h', '-o', 'out.txt', '-q'], { diskFullAt: 1 });
      expect(code).toBe(5);
      expect(stderr).toBe(
        'winze: cannot write out.txt: ENOSPC: no space left on device, write; the result is on standard output\n',
      );
      expect(whole.stdout.endsWith(stdout)).toBe(true);
      const loud = await play(['-c', 'h', '-o', 'out.txt'], { diskFullAt });
      expect([loud.code, loud.stdout]).toEqual([5, whole.stdout]);
      expect(loud.files.has('out.txt'), 'a file with holes is no file').toBe(false);
    },
  );
});

describe('stdout', () => {
  test('whose reader leaves ends the test quietly', async () => {
    const { stderr, code } = await play(['-c', 'h', '-q'], {
      connect: async (config, act) => {
        act.failStdout('EPIPE');
        expect(config.signal?.aborted).toBe(true);
        return documentOf(config, { complete: false, error: { code: 'ERR_ABORTED', message: 'nobody reads' } });
      },
    });
    expect([code, stderr]).toEqual([6, '']);
  });

  test('whose reader leaves costs the file of -o nothing', async () => {
    const { files, code } = await play(['-c', 'h', '-o', 'out.json'], {
      connect: async (config, act) => {
        act.failStdout('EPIPE');
        expect(config.signal?.aborted).toBe(false);
        return measureAll(config);
      },
    });
    expect(code).toBe(0);
    expect(JSON.parse(files.get('out.json') ?? '')).toMatchObject({ complete: true });
  });

  test('on a full disk: one line, exit 5', async () => {
    const { stderr, code } = await play(['-c', 'h', '-q'], {
      connect: async (config, act) => {
        act.failStdout('ENOSPC');
        return documentOf(config, { complete: false });
      },
    });
    expect([code, stderr]).toEqual([5, 'winze: cannot write standard output: write ENOSPC\n']);
  });
});

describe('--secret-file', () => {
  const secret = (text: string, mode: number | null = 0o600) => ({
    s: { bytes: new TextEncoder().encode(text), mode },
  });

  test.each(['correct horse battery', 'correct horse battery\n', 'correct horse battery\r\n'])(
    'is read without its line end: %j',
    async (text) => {
      const { clients, stderr } = await play(['-c', 'h', '-q', '--secret-file', 's'], { secrets: secret(text) });
      expect(new TextDecoder().decode(clients[0]?.secret ?? undefined)).toBe('correct horse battery');
      expect(stderr).toBe('');
    },
  );

  test.each([
    ['short\n', /a secret has 16 bytes or more, this has 5; make one with: winze tunnel genpsk > FILE$/m],
    ['', /this has 0;/],
    ['x'.repeat(4097), /is it the right file/],
  ])('is refused when it is %j', async (text, message) => {
    const { code, stderr, clients } = await play(['-c', 'h', '--secret-file', 's'], { secrets: secret(text) });
    expect([code, clients.length]).toEqual([2, 0]);
    expect(stderr).toMatch(message);
  });

  test('that PowerShell wrote as UTF-16 comes with a warning: elsewhere the same words are other octets', async () => {
    const wide = Uint8Array.from(Buffer.from('\ufeffcorrect horse battery\r\n', 'utf16le'));
    const { code, stderr } = await play(['-c', 'h', '-q', '--secret-file', 's'], {
      secrets: { s: { bytes: wide, mode: null } },
    });
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^winze: warning: s is UTF-16 text.*the same octets, .*\n$/),
    ]);
    // Octets at random may begin as the mark does.
    const random = Uint8Array.from([0xff, 0xfe, ...Array.from({ length: 30 }, (_, i) => 200 - i)]);
    const other = await play(['-c', 'h', '-q', '--secret-file', 's'], {
      secrets: { s: { bytes: random, mode: null } },
    });
    expect(other.stderr).toBe('');
  });

  test('that is missing: exit 2', async () => {
    const { code, stderr } = await play(['-s', '--secret-file', 's']);
    expect([code, stderr]).toEqual([
      2,
      "winze: --secret-file s: cannot read the file: ENOENT: no such file or directory, open 's'\n",
    ]);
  });

  test('that others may read: a warning', async () => {
    const { code, stderr } = await play(['-c', 'h', '-q', '--secret-file', 's'], {
      secrets: secret('correct horse battery', 0o644),
    });
    expect([code, stderr]).toEqual([0, 'winze: warning: s can be read by other users of this host; run chmod 600\n']);
  });
});
