import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, NetError } from '../../src/core/errors.ts';
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
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): { event: string; data: { expectations?: unknown } } => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toEqual(['start', 'start', 'start', 'interval', 'end']);
    expect(lines.at(-1)?.data.expectations).toEqual([{ expression: 'goodput>=1G', measured: 9.41e9, met: true }]);
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
      expect([code, stdout]).toEqual([status, '']);
      expect(stderr).toBe('winze: h port 8888: it\\nfailed\\x1b[2J\n');
    }
    const { stdout } = await play(['-c', 'h', '--json-stream'], { connect });
    expect(JSON.parse(stdout)).toMatchObject({ event: 'error', data: { code: error } });
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
        act.signal('SIGINT');
        return documentOf(config, { complete: false });
      },
    });
    expect(killed).toEqual(['SIGINT']);
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

  test('that cannot be opened fails before anything is sent, exit 2', async () => {
    const { code, stdout, stderr, clients } = await play(['-c', 'h', '-o', '/full/out'], { diskFullAt: 0 });
    expect([code, stdout, clients.length]).toEqual([2, '', 0]);
    expect(stderr).toBe('winze: -o /full/out: cannot open the file: ENOSPC: no space left on device, write\n');
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
      expect(whole.stdout.startsWith(loud.files.get('out.txt') ?? '?'), 'the file has no holes').toBe(true);
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
    [
      'short\n',
      /a secret has 16 bytes or more, this has 5; make one with: head -c 32 \/dev\/urandom \| base64 > FILE$/m,
    ],
    ['', /this has 0;/],
    ['x'.repeat(4097), /is it the right file/],
  ])('is refused when it is %j', async (text, message) => {
    const { code, stderr, clients } = await play(['-c', 'h', '--secret-file', 's'], { secrets: secret(text) });
    expect([code, clients.length]).toEqual([2, 0]);
    expect(stderr).toMatch(message);
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
    expect([code, stderr]).toEqual([0, 'winze: warning: s is open to other users of this host; chmod 600 mends it\n']);
  });
});
