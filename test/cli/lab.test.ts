import { describe, expect, test } from 'vitest';
import { NetError } from '../../src/core/errors.ts';
import type { LabConfig, LabEvent, LabRowName } from '../../src/core/shapes/lab.ts';
import { isLab } from '../support/schemas.ts';
import { labDocument, slowLab } from '../unit/report/lab-samples.ts';
import { type Actions, play } from './fakes.ts';

describe('winze lab', () => {
  test('asks for a line without limits, and for tests that take what fits', async () => {
    const { code, labs, clients, servers } = await play(['lab']);
    expect([code, clients.length, servers.length]).toEqual([0, 0, 0]);
    expect(labs).toMatchObject([
      {
        line: { rate_bps: null, delay_ns: 0, loss_ratio: 0, mtu_bytes: 1500 },
        nest: false,
        duration_ns: null,
        engine: 'auto',
      },
    ]);
  });

  test('takes a line, nesting, a time and a title', async () => {
    const line =
      '--rate 100M --delay 20ms --loss 0.5% --mtu 9000 --nest -d 500ms --engine portable -T x --congestion reno';
    const { labs } = await play(['lab', ...line.split(' ')]);
    expect(labs).toMatchObject([
      {
        line: { rate_bps: 1e8, delay_ns: 2e7, loss_ratio: 0.005, mtu_bytes: 9000 },
        nest: true,
        congestion_control: 'reno',
        duration_ns: 5e8,
        engine: 'portable',
        title: 'x',
      },
    ]);
  });

  test.each<readonly [string, RegExp]>([
    ['-d 0', /-d 0: .*needs an end/],
    ['--rate 10k', /--rate: the slowest/],
    ['--rate 101G', /--rate: the fastest .* leave it out/],
    ['--delay soon', /--delay soon: expected a time/],
    ['--delay 500ms', /--delay 500ms: expected at most 400 ms/],
    ['--loss 0.5', /--loss 0\.5: expected a percentage: write 0\.5%/],
    ['--loss some', /--loss some: expected a percentage, such as 0\.5%/],
    ['--rate 100', /--rate 100: that is 100 bit\/s; for megabits per second write 100M/],
    ['--rate 100MB', /--rate 100MB: expected bits per second, .*; for 100MB a second write 800M/],
    ['-b 100MB', /-b 100MB: /],
    ['--delay 20', /--delay 20: expected at most 400 ms; that is seconds: for milliseconds write 20ms/],
    ['--latency 20ms', /--latency: .* use --delay 20ms/],
    ['--jitter 5ms', /--jitter: .* the same for every packet/],
    ['--loss 60%', /at most 50%/],
    ['--mtu 100', /--mtu 100: expected a whole number, 640 to 9000/],
    ['--json --json-stream', /exclude each other/],
    ['--via 10.0.0.2', /--via is for a client/],
    ['--expect speed>1', /--expect/],
  ])('%s is refused before anything is made', async (line, words) => {
    const { code, labs, stdout, stderr } = await play(['lab', ...line.split(' ')]);
    expect([code, labs.length, stdout]).toEqual([2, 0, '']);
    expect(stderr).toMatch(words);
  });

  test.each(['-c h --delay 1ms', '-c h --nest', '-s --mtu 1500', '-c h --loss 1%'])(
    '%s: that is for the lab',
    async (line) => {
      const { code, stderr } = await play(line.split(' '));
      expect(code).toBe(2);
      expect(stderr).toMatch(/is for "lab", not for a/);
    },
  );

  test('prints a table on stdout and progress on stderr', async () => {
    const { stdout, stderr } = await play(['lab'], {
      lab: async (config) => {
        config.onEvent({ tag: 'row', name: 'winze', mtu_bytes: 1420 });
        return labDocument();
      },
    });
    expect(stdout).toMatch(/^winze 0\.1\.0.*\nlab: two network stacks/);
    expect(stderr).toBe('winze: up: winze, MTU 1420\n');
  });

  test('on a terminal one line tells what runs now, and goes before anything else is written', async () => {
    const scene = {
      tty: true,
      lab: async (config: LabConfig, act: Actions) => {
        config.onEvent({ tag: 'row', name: 'winze', mtu_bytes: 1420 });
        config.onEvent(running('plain', 42e9));
        config.onEvent(running('winze', 41e9));
        act.signal('SIGINT');
        config.onEvent(running('plain', 40e9));
        return labDocument();
      },
    };
    const { stderr } = await play(['lab', '--json'], scene);
    expect(stderr.split('\x1b[K').map((text) => text.replace('\r', '<'))).toEqual([
      'winze: up: winze, MTU 1420\nwinze: round 1 of 3, TCP: plain line (42 s left)<',
      'winze: round 1 of 3, TCP: winze (41 s left)<',
      'winze: stopping; once more Ctrl-C ends it at once\nwinze: round 1 of 3, TCP: plain line (40 s left)<',
      '',
    ]);
    for (const quiet of [{ env: { TERM: 'dumb' } }, { tty: false }]) {
      const { stderr: plain } = await play(['lab', '--json'], { ...scene, ...quiet });
      expect(plain).not.toContain('\x1b');
      expect(plain).toContain('winze: round 1 of 3, TCP\n');
    }
    expect((await play(['lab', '--json', '-q'], scene)).stderr).toBe('');
  });

  test('--json prints the document, --json-stream what begins as well, -o FILE.json both', async () => {
    const { stdout } = await play(['lab', '--json']);
    expect(JSON.parse(stdout)).toEqual(labDocument());
    const stream = await play(['lab', '--json-stream', '-q'], {
      lab: async (config) => {
        config.onEvent({ tag: 'row', name: 'winze', mtu_bytes: 1420 });
        return labDocument();
      },
    });
    expect(
      stream.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).event),
    ).toEqual(['start', 'end']);
    expect(stream.stderr).toBe('');
    const both = await play(['lab', '-o', 'x.json']);
    expect(both.stdout).toContain('Against the plain line');
    expect(JSON.parse(both.files.get('x.json') ?? '')).toEqual(labDocument());
  });

  test('that fails has a document with the error, as the schema wants it', async () => {
    const scene = {
      lab: async (): Promise<never> => {
        throw new NetError('ERR_UNSUPPORTED', 'this system has no loopback');
      },
    };
    const { code, stdout } = await play(['lab', '--json', '-T', 'x'], scene);
    const { files } = await play(['lab', '-o', 'f.json', '-T', 'x'], scene);
    expect([code, files.get('f.json')]).toEqual([5, stdout]);
    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({
      title: 'x',
      mode: null,
      link: null,
      complete: false,
      error: { code: 'ERR_UNSUPPORTED', message: 'this system has no loopback' },
    });
    expect(isLab(document), JSON.stringify(isLab.errors)).toBe(true);
  });

  test('judges expectations by its tests', async () => {
    expect((await play(['lab', '--expect', 'goodput>=1M'])).code).toBe(0);
    const { code, stdout } = await play(['lab', '--json', '--expect', 'goodput>=900T']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).expectations).toMatchObject([{ met: false }]);
  });

  test('Ctrl-C ends it and prints what was measured', async () => {
    const { code, stdout, stderr } = await play(['lab'], {
      lab: async (config, act) => {
        act.signal('SIGINT');
        expect(config.signal?.aborted).toBe(true);
        return slowLab();
      },
    });
    expect(code).toBe(6);
    expect(stdout).toContain('not complete: ERR_ABORTED');
    expect(stderr).toBe('winze: stopped by SIGINT\n');
  });

  test('fails with one line when nothing was measured', async () => {
    const lab = async (): Promise<never> => {
      throw new NetError('ERR_UNSUPPORTED', 'no namespaces');
    };
    const { code, stdout, stderr } = await play(['lab', '--json-stream'], { lab });
    expect([code, stderr]).toEqual([5, 'winze: no namespaces\n']);
    const error = { code: 'ERR_UNSUPPORTED', message: 'no namespaces' };
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { event: 'error', data: error },
      { event: 'end', data: { schema: 'winze-lab/1', complete: false, error } },
    ]);
  });
});

function running(row: LabRowName, left_ns: number): LabEvent {
  const what = { phase: 'compare', test: 'bandwidth', protocol: 'tcp' } as const;
  return { tag: 'test', ...what, round: 1, rounds: 3, row, rate_bps: null, left_ns };
}
