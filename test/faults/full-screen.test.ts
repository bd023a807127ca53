/** `-ui` on a real terminal: what it shows, and that the terminal is afterwards what it was, however the program ends. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN, winzeServer } from '../net/harness.ts';

const TERMINAL = join(import.meta.dirname, '../support/terminal.py');
const hasPython = process.platform === 'linux' && spawnSync('python3', ['-c', 'import pty']).status === 0;
if (!hasPython) console.info('skipped: full screen: there is no python3 to make a terminal with');

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

interface Shown {
  /** All octets that the terminal was sent. */
  readonly all: string;
  /** What stands on the normal screen at the end. */
  readonly after: string;
  /** Pictures, in order. */
  readonly frames: readonly string[];
  /** Exit status, or minus the number of the signal. */
  readonly status: number;
  /** Whether the terminal echoes and edits lines again. */
  readonly isCooked: boolean;
}

/**
 * Runs winze on a terminal.
 *
 * @param script - `wait TEXT` until it was sent, `key KEYS`, `size COLUMNS ROWS`, `signal NAME`, one after the other
 */
async function onTerminal(argv: readonly string[], script: readonly string[]): Promise<Shown> {
  const child = spawn('python3', [TERMINAL, JSON.stringify(script), process.execPath, BIN, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', NO_COLOR: '1' },
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  await once(child, 'close');
  const { octets, status, is_cooked } = JSON.parse(out) as { octets: string; status: number; is_cooked: boolean };
  const all = Buffer.from(octets, 'base64').toString('utf8').replaceAll('\r\n', '\n');
  const left = all.lastIndexOf(LEAVE);
  const frames = all.slice(0, left).split('\x1b[H').slice(1);
  return { all, frames, status, isCooked: is_cooked, after: left < 0 ? '' : all.slice(left + LEAVE.length) };
}

test.skipIf(!hasPython)('a client shows graphs; q stops it, and the report stands on the screen before', async () => {
  const server = await winzeServer();
  const argv = ['-c', '127.0.0.1', '-port', `${server.port}`, '-ui', '-d', '30s', '-b', '50M', '--interval', '100ms'];
  const shown = await onTerminal(argv, ['wait TCP upload: ', 'wait ┤█', 'key q']);
  server.kill('SIGTERM');
  expect([shown.status, shown.isCooked, shown.all.startsWith(ENTER)]).toEqual([6, true, true]);
  expect(shown.frames.at(-1)).toMatch(/127\.0\.0\.1: TCP upload, 1 stream, paced at 50 Mbit\/s/);
  expect(shown.after).toMatch(/goodput +\d+(?:\.\d+)? Mbit/);
  expect(shown.after).toContain('not complete: ERR_ABORTED: stopped by q');
  expect(shown.after).not.toContain('\x1b[H');
});

test.skipIf(!hasPython)('a server shows who tests, follows the size of the terminal, and stops with q', async () => {
  const shown = await onTerminal(
    ['-s', '-ui', '-port', '0', '-ip', '127.0.0.1'],
    ['wait nobody is connected', 'size 40 12', 'wait nobody is connected', 'key q'],
  );
  expect([shown.status, shown.isCooked]).toEqual([0, true]);
  const last = shown.frames.at(-1)?.split('\n') ?? [];
  expect(last.length).toBeLessThanOrEqual(12);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes for colours and for erasing a line
  for (const line of last) expect(line.replace(/\x1b\[[0-9;]*[mKJ]/g, '').length).toBeLessThanOrEqual(40);
});

test.skipIf(!hasPython)('Ctrl-Z gives the terminal back, and SIGCONT draws the screen again', async () => {
  const shown = await onTerminal(
    ['-s', '-ui', '-port', '0', '-ip', '127.0.0.1'],
    ['wait nobody is connected', 'key \x1a', 'stopped', 'signal SIGCONT', 'wait nobody is connected', 'key q'],
  );
  expect([shown.status, shown.isCooked]).toEqual([0, true]);
  expect(shown.all.split(ENTER)).toHaveLength(3);
  expect(shown.all.split(LEAVE)).toHaveLength(3);
});

test.skipIf(!hasPython).each([
  ['a refused connection', ['-c', '127.0.0.1', '-port', '1', '-ui'], [], 3],
  ['a signal', ['-s', '-ui', '-port', '0', '-ip', '127.0.0.1'], ['wait nobody is connected', 'signal SIGTERM'], 0],
] as const)('%s leaves the terminal as it was', async (_name, argv, script, status) => {
  const shown = await onTerminal(argv, script);
  expect([shown.status, shown.isCooked]).toEqual([status, true]);
  expect(shown.all).toContain(ENTER);
  expect(shown.all.split(LEAVE)).toHaveLength(2);
  if (status === 3) expect(shown.after).toMatch(/^winze: cannot connect to 127\.0\.0\.1:1: /);
});
