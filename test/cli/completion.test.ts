import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPLETION_FILES, SHELLS } from '../../src/options/manual/completion-files.ts';
import type { OptionRow } from '../../src/options/option-row.ts';
import { OPTIONS } from '../../src/options/option-table.ts';
import { play } from './fakes.ts';

const ROOT = join(import.meta.dirname, '../..');
const SCRIPT = join(ROOT, COMPLETION_FILES.bash);

describe('winze completion', () => {
  test.each(SHELLS)('prints the script of the package for %s', async (shell) => {
    const path = join(ROOT, COMPLETION_FILES[shell]);
    const bytes = readFileSync(path);
    const { code, stdout } = await play(['completion', shell], { secrets: { [path]: { bytes, mode: 0o644 } } });
    expect([code, stdout]).toEqual([0, bytes.toString()]);
  });

  test.each([
    ['completion tcsh', 2, /^winze: completion: "tcsh" is none of bash, zsh, fish\n$/],
    ['completion', 2, /^winze: say for which shell: winze completion bash\|zsh\|fish\n$/],
    ['completion bash', 5, /^winze: this copy of winze has no completions: ENOENT/],
    ['-q completion bash', 2, /^winze: "completion" comes first/],
  ])('%s is exit %d', async (line, status, message) => {
    const { code, stderr } = await play(line.split(' '));
    expect(code).toBe(status);
    expect(stderr).toMatch(message);
  });

  test('says how to install it', async () => {
    const { stdout } = await play(['help', 'completion']);
    for (const shell of SHELLS) expect(stdout).toContain(`winze completion ${shell}`);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

const hasBash = spawnSync('bash', ['--version']).status === 0;
if (!hasBash) console.warn('skipped: bash is not installed');

describe.skipIf(!hasBash)('completion in bash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wz-completion-'));
  beforeAll(() => {
    for (const name of ['a b.pcap', 'wg0.conf', 'other.txt']) writeFileSync(join(folder, name), '');
    mkdirSync(join(folder, 'sub'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What bash would offer for the last of the words. */
  function offered(...words: readonly string[]): string[] {
    const program = `source "$1"; shift; COMP_WORDS=(winze "$@"); COMP_CWORD=$#; _winze; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-uc', program, 'bash', SCRIPT, ...words], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }

  test.each<[string[], string[]]>([
    [['de'], ['decode']],
    [
      ['tunnel', ''],
      ['genkey', 'pubkey', 'genpsk', 'check', 'up', 'device', 'show', 'down'],
    ],
    [['tunnel', 'sh'], ['show']],
    [['tunnel', 'show', '--j'], ['--json']],
    [['-s', '--max-r'], ['--max-rate']],
    [['--server', '--max-r'], ['--max-rate']],
    [['-server', '--max-r'], ['--max-rate']],
    [['-s', '--vi'], []],
    [['-c', 'h', '--vi'], ['--via']],
    [['-c', 'h', '--max-r'], []],
    [['-c', '=', 'h', '--vi'], ['--via']],
    [['-x', 'h', '--ho'], ['--hops']],
    [['lab', '--ne'], ['--nest']],
    [
      ['-c', 'h', '-p', ''],
      ['tcp', 'udp', 'icmp'],
    ],
    [['-c', 'h', '--protocol', '=', 'u'], ['udp']],
    [
      ['-c', 'h', '--protocol', '='],
      ['tcp', 'udp', 'icmp'],
    ],
    [
      ['-c', 'h', '--protocol=tcp,'],
      ['--protocol=tcp,udp', '--protocol=tcp,icmp'],
    ],
    [['-c', 'h', '-protocol', 'tcp,u'], ['tcp,udp']],
    [
      ['-c', 'h', '-t', 'p'],
      ['p', 'pi'],
    ],
    [['-x', 'h', '-t', 'p'], ['pi']],
    [['-x', 'h', '--test', '=', 'b'], []],
    [
      ['-s', '--engine', ''],
      ['auto', 'portable'],
    ],
    [
      ['-c', 'h', '--dscp', 'AF4'],
      ['AF41', 'AF42', 'AF43'],
    ],
    [['-c', 'h', '-o', 'a'], ['a b.pcap']],
    [['decode', 'o'], ['other.txt']],
    [
      ['decode', '--embed-keys', ''],
      ['session', 'all'],
    ],
    [['decode', '--keys', 'w'], ['wg0.conf']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['help', 'pa'], ['path']],
    [['-c', 'h', '-d', ''], []],
  ])('%j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test('tunnel up offers configurations and folders, no other file', () => {
    const names = offered('tunnel', 'up', '');
    expect(names).toEqual(expect.arrayContaining(['wg0.conf', 'sub']));
    expect(names).not.toContain('other.txt');
  });

  test.skipIf(!existsSync('/sys/class/net'))('--dev offers the devices of this host', () => {
    const devices = readdirSync('/sys/class/net').filter((name) => existsSync(join('/sys/class/net', name, 'mtu')));
    expect(offered('-c', 'h', '--dev', '').toSorted()).toEqual(devices.toSorted());
    expect(offered('capture', '-i', 'l')).toEqual(devices.filter((name) => name.startsWith('l')));
  });

  test.each(['server', 'client', 'external', 'lab'] as const)('%s is offered each of its options', (role) => {
    const words = { server: ['-s'], client: ['-c', 'h'], external: ['-x', 'h'], lab: ['lab'] }[role];
    const names = offered(...words, '--');
    for (const [key, row] of Object.entries<OptionRow>(OPTIONS)) {
      if (['server', 'client', 'external', 'version'].includes(key)) continue;
      expect(names.includes(row.names.at(-1) ?? ''), `${row.names.at(-1)}`).toBe(row.roles.includes(role));
    }
  });
});
