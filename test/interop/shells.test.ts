/** Completions in the shells themselves, and the manual page through the programs that show such pages. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { must } from './support/commands.ts';
import { missingTools } from './support/peers.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAN = join(ROOT, 'man/winze.1');
const [BASH, ZSH, FISH] = ['winze.bash', '_winze', 'winze.fish'].map((name) => join(ROOT, 'completions', name));

/** What a command prints on both streams, and its status. */
function said(...argv: readonly string[]): readonly [status: number | null, text: string] {
  const [command = '', ...rest] = argv;
  const { status, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8', timeout: 20_000 });
  return [status, stdout + stderr];
}

describe.skipIf(missingTools(['fish']))('fish', () => {
  const offered = (line: string): string[] =>
    must(['fish', '--no-config', '-c', `source ${FISH}; complete -C '${line}'`])
      .split('\n')
      .map((row) => row.replace(/\t.*/, ''))
      .filter((word) => word !== '')
      .toSorted();

  test('reads the script', () => {
    expect(said('fish', '-n', FISH ?? '')).toEqual([0, '']);
  });

  test.each<[string, string[]]>([
    ['winze de', ['decode']],
    ['winze tunnel sh', ['show']],
    ['winze tunnel show --j', ['--json']],
    ['winze -s --max-r', ['--max-rate']],
    ['winze --client=h --max-r', []],
    ['winze -c h --vi', ['--via']],
    ['winze lab --ne', ['--nest']],
    ['winze -c h -p ', ['icmp', 'tcp', 'udp']],
    ['winze -c h --protocol=tcp,', ['--protocol=tcp,icmp', '--protocol=tcp,udp']],
    ['winze -s -por', ['-port']],
    ['winze -s --engine ', ['auto', 'portable']],
    ['winze -c h --dev l', ['lo']],
    ['winze completion ', ['bash', 'fish', 'zsh']],
    ['winze help pa', ['path']],
    ['winze -c h -d ', []],
  ])('%j', (line, expected) => {
    expect(offered(line)).toEqual(expected);
  });

  test('says what a letter of -t means', () => {
    const rows = must(['fish', '--no-config', '-c', `source ${FISH}; complete -C 'winze -c h -t '`]);
    expect(rows).toMatch(/^b\tbandwidth$/m);
  });
});

describe.skipIf(missingTools(['zsh']))('zsh', () => {
  /** A shell in a terminal of its own. Each line is typed, listed (Ctrl-X) and erased (Ctrl-U) when it was seen. */
  const SESSION = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z "PS1='>'; fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -D; stty cols 150 rows 100; bindkey '^X' list-choices; print RE''ADY"
    zpty -r z seen '*READY*'
    shift
    while (( $# )); do
      zpty -w -n z "$1"$'\\x18'
      zpty -r z seen "*$2*" || exit 1
      zpty -w -n z $'\\x15'
      print -r -- "$1"
      shift 2
    done`;

  test('reads the script', () => {
    expect(said('zsh', '-n', ZSH ?? '')).toEqual([0, '']);
  });

  test.each([
    ['winze de', 'decode'],
    ['winze tunnel ', 'genkey*print a new private key'],
    ['winze tunnel up --keylog x --dae', 'return when it is up'],
    ['winze -s --max-r', 'bits per second'],
    ['winze -c h --vi', 'the same server'],
    ['winze -c h -t b,', 'path MTU'],
    ['winze -c h --engine=', 'auto*portable'],
    ['winze -c h --dev ', 'lo'],
    ['winze -x h --ho', 'greatest TTL'],
    ['winze lab --delay 20ms --ne', 'also a tunnel'],
    ['winze help ', 'compare'],
    ['winze completion ', 'bash*fish*zsh'],
  ])('%j', (line, pattern) => {
    expect(said('zsh', '-f', '-c', SESSION, 'zsh', join(ROOT, 'completions'), line, pattern)).toEqual([0, `${line}\n`]);
  });
});

describe.skipIf(missingTools(['shellcheck']))('shellcheck', () => {
  test('has nothing to say of the script for bash', () => {
    expect(said('shellcheck', BASH ?? '')).toEqual([0, '']);
  });
});

describe.skipIf(missingTools(['mandoc']))('mandoc', () => {
  test('has nothing to say of the page', () => {
    expect(said('mandoc', '-T', 'lint', '-W', 'style', MAN)).toEqual([0, '']);
  });

  test.each(['60', '80'])('shows it in %s columns: options, commands, statuses', (columns) => {
    const [status, text] = said('mandoc', '-T', 'ascii', '-O', `width=${columns}`, MAN);
    // Bold is a character over itself.
    const page = text.replace(/.[\b]/g, '');
    expect(status).toBe(0);
    for (const words of ['-c, --client HOST', 'winze tunnel up', '--embed-keys WHICH', "'goodput>=500M'", '10^3'])
      expect(page.replace(/\s+/g, ' ')).toContain(words);
    for (const line of page.split('\n')) expect(line.length, line).toBeLessThanOrEqual(Number(columns));
  });
});

describe.skipIf(missingTools(['groff']))('groff', () => {
  test('warns of nothing', () => {
    expect(said('groff', '-man', '-ww', '-z', MAN)).toEqual([0, '']);
  });
});
