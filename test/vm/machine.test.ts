/**
 * The machines that other tests run in: what goes in and out is whole, each way to fail is told with the end of the
 * console, and nothing stays on this host, however they end.
 */

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { attempt, must, Running, until } from '../interop/support/commands.ts';
import { missingPeers } from '../interop/support/peers.ts';
import { Guest } from './support/guest.mjs';
import { Machine } from './support/machine.mjs';

const skipped = missingPeers(['kernel', 'ping']);
const withoutNewest = skipped ?? missingPeers(['kernel:newest']);
const MACHINE = join(import.meta.dirname, 'support/machine.mjs');
/** Of what needs a machine to boot, on a host that has other things to do. */
const BOOT_LIMIT_MS = 300_000;
/** For processes to be gone. */
const END_LIMIT_MS = 30_000;
const UNREACHABLE = 255;

/** All files of the machines of these tests, so that those of others are not taken for them. */
let folder = '';
const { TMPDIR, WINZE_VM_CACHE } = process.env;

beforeAll(() => {
  process.env.WINZE_VM_CACHE ??= join(tmpdir(), `winze-vm-${process.getuid?.()}`);
  folder = mkdtempSync(join(tmpdir(), 'wz-machines-'));
  process.env.TMPDIR = folder;
});

afterAll(() => {
  for (const [name, value] of Object.entries({ TMPDIR, WINZE_VM_CACHE })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

/** Processes, namespaces and folders of machines that this process, or the one with this number, booted. */
function leftOf(pid = process.pid): readonly string[] {
  const namespaces = must(['ip', 'netns', 'list']).match(new RegExp(`\\S*-${pid}-vm\\d+`, 'g')) ?? [];
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => `${name} ${textOf(`/proc/${name}/cmdline`).replaceAll('\0', ' ')}`)
    .filter((line) => line.includes(folder));
  return [...namespaces, ...processes, ...readdirSync(folder).filter((name) => name.startsWith('wz-vm-'))];
}

/** Children of this process that have ended and that nobody waits for. */
function zombies(): readonly string[] {
  const stats = readdirSync('/proc').map((name) => textOf(`/proc/${name}/stat`));
  return stats.filter((text) => new RegExp(`^\\d+ \\(.*\\) Z ${process.pid} `, 's').test(text));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

describe.skipIf(skipped)('Machine', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.boot({ lines: 1 });
  }, BOOT_LIMIT_MS);

  afterAll(() => machine?.end());

  const inside = (...argv: readonly string[]) => attempt(machine.inside(argv));
  const shell = (script: string) => inside('sh', '-c', script);

  test('runs the kernel that it names, and its commands end as outside', () => {
    expect(shell('uname -r; nproc; exit 7')).toEqual({ status: 7, stdout: `${machine.release}\n1\n`, stderr: '' });
    expect(machine.release).not.toBe(must(['uname', '-r']).trim());
  });

  test('passes 5 MB through standard input, output and error', () => {
    const input = randomBytes(5_000_000);
    const [command = '', ...rest] = machine.inside([
      'sh',
      '-c',
      'cat >/dev/shm/all; cat /dev/shm/all; cat /dev/shm/all >&2',
    ]);
    const { status, stdout, stderr } = spawnSync(command, rest, { input, maxBuffer: 2 * input.length });
    expect(status).toBe(0);
    expect(stdout.equals(input)).toBe(true);
    expect(stderr.equals(input)).toBe(true);
  });

  test('passes signals on, and ends by them', async () => {
    const trap = new Running(
      machine.inside(['sh', '-c', 'trap "exit 5" USR1; echo ready; while :; do sleep 0.2; done']),
    );
    await trap.says(/ready/, END_LIMIT_MS);
    trap.signal('SIGUSR1');
    expect((await trap.end()).status).toBe(5);

    const [command = '', ...rest] = machine.inside(['sh', '-c', 'echo ready; exec sleep 1000']);
    const sleeping = spawn(command, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(sleeping.stdout, 'data');
    sleeping.kill('SIGTERM');
    expect(await once(sleeping, 'close')).toEqual([null, 'SIGTERM']);
  });

  test('has the folder and the variables of the project', () => {
    const [command = '', ...rest] = machine.inside(['sh', '-c', 'pwd; printf %s "$WINZE_WORDS"; echo "$OTHER"']);
    const env = { ...process.env, WINZE_WORDS: "a 'b'\n$c", OTHER: 'not' };
    const { stdout } = spawnSync(command, rest, { cwd: import.meta.dirname, env, encoding: 'utf8' });
    expect(stdout).toBe(`${import.meta.dirname}\na 'b'\n$c\n`);
  });

  test('says what is missing for a command', () => {
    expect(inside('no-such-program')).toMatchObject({
      status: 127,
      stderr: expect.stringMatching(/^no-such-program is not in the machine.*install it/),
    });
    const [command = '', ...rest] = machine.inside(['true']);
    mkdirSync('/run/wz-machine', { recursive: true });
    const { status, stderr } = spawnSync(command, rest, { cwd: '/run/wz-machine', encoding: 'utf8' });
    rmSync('/run/wz-machine', { recursive: true });
    expect([status, stderr]).toEqual([127, expect.stringContaining('/run/wz-machine is no folder in the machine')]);
    expect(() => machine.inside([])).toThrow('no command');
  });

  test('runs 20 commands at once', async () => {
    const commands = Array.from(
      { length: 20 },
      (_, i) => new Running(machine.inside(['sh', '-c', `cat /proc/uptime; sleep 2; echo ${i}`])),
    );
    const outputs = await Promise.all(commands.map((command) => command.end()));
    expect(outputs.map(({ stdout }) => stdout.split('\n')[1])).toEqual(outputs.map((_, i) => String(i)));
  });

  test('is joined to a namespace of this host by a line, which of its users one has', () => {
    const namespace = `${process.env.WINZE_NETNS_PREFIX ?? 'wz'}-${process.pid}-line`;
    const elsewhere = new Guest(JSON.parse(JSON.stringify(machine.place)));
    must(['ip', 'netns', 'add', namespace]);
    try {
      for (const [host, user] of [
        ['10.77.0.1', machine],
        ['10.77.0.3', elsewhere],
      ] as const) {
        const device = user.line(namespace, 'wire');
        for (const any of [machine, elsewhere])
          expect(() => any.line(namespace, 'other')).toThrow('boot it with more of them');
        must(elsewhere.inside(['sh', '-c', `ip addr add 10.77.0.2/24 dev ${device} && ip link set ${device} up`]));
        must(['ip', '-n', namespace, 'addr', 'add', `${host}/24`, 'dev', 'wire']);
        must(['ip', '-n', namespace, 'link', 'set', 'wire', 'up']);
        const ping = ['ping', '-c', '3', '-i', '0.2', '-w', '30', '10.77.0.2'];
        expect(must(['ip', 'netns', 'exec', namespace, ...ping])).toContain('3 received');
        must(machine.inside(['ip', 'addr', 'flush', 'dev', device]));
        user.free(device);
      }
    } finally {
      must(['ip', 'netns', 'del', namespace]);
    }
  });

  test('sees the files of this host, and changes none of them', () => {
    const file = join(folder, 'kept');
    writeFileSync(file, 'outside');
    expect(shell(`cat ${file}; echo inside >${file}; cat ${file}; echo new >${folder}/new`).stdout).toBe(
      'outsideinside\n',
    );
    expect(shell(`cat ${folder}/new; rm ${file} ${folder}/new`)).toMatchObject({ status: 0, stdout: 'new\n' });
    expect(readFileSync(file, 'utf8')).toBe('outside');
    expect(existsSync(`${folder}/new`)).toBe(false);
    rmSync(file);
  });

  test('goes on when its disk was full', () => {
    const { status, stderr } = shell('cat /dev/zero >/var/tmp/full');
    expect([status, stderr]).toEqual([1, expect.stringContaining('No space left on device')]);
    expect(shell('rm /var/tmp/full && echo again >/var/tmp/full && cat /var/tmp/full').stdout).toBe('again\n');
  });

  test('ends a command that heeds no signal with whoever wanted it', async () => {
    const deaf = new Running(machine.inside(['sh', '-c', 'trap "" TERM; echo ready; sleep 4321; sleep 4321']));
    await deaf.says(/ready/, END_LIMIT_MS);
    await deaf.stop('SIGTERM', 1000);
    await until('it is gone', () => shell('pgrep -fx "sleep 4321"').stdout === '', END_LIMIT_MS);
  });

  test('keeps what a command left in the background, and no zombies', () => {
    expect(shell('sleep 4322 </dev/null >/dev/null 2>&1 & sleep 0.5 </dev/null >/dev/null 2>&1 &').status).toBe(0);
    expect(
      shell('sleep 2; pgrep -fx "sleep 4322" | wc -l; ps -eo stat | grep -c Z; pkill -fx "sleep 4322"').stdout,
    ).toBe('1\n0\n');
  });

  // The last of this machine.
  test('ends with its kernel, and says so', async () => {
    const { status, stderr } = shell('echo c >/proc/sysrq-trigger; sleep 1000');
    expect(status).toBe(UNREACHABLE);
    expect(stderr).toMatch(
      /the machine ended before sh did \(.*\); the end of its console:[\s\S]*Kernel panic - not syncing: sysrq triggered crash/,
    );
    await until('the end is noticed', () => !machine.isRunning, END_LIMIT_MS);
    expect(inside('true')).toMatchObject({ status: UNREACHABLE, stderr: expect.stringContaining('Kernel panic') });
    await machine.end();
    expect(() => machine.inside(['true'])).toThrow('boot another one');
    expect(leftOf()).toEqual([]);
    expect(zombies()).toEqual([]);
  });
});

describe.skipIf(skipped)('Machine.boot()', () => {
  afterEach(() => expect(leftOf()).toEqual([]));

  test.each([
    ['does not come up in time', { bootLimitMs: 500 }, /its agent was not there within 0.5 s of the boot; /],
    ['lives for too long', { limitSeconds: 1 }, /before its agent was there \(its 1 s were over\)/],
    ['has no memory', { memoryMiB: 1 }, /before its agent was there \(\S+ ended with .*\); the end of its console:/],
    [
      'has no init',
      { words: ['rdinit=/none'] },
      /before its agent was there \(\S+ ended with .*Kernel panic - not syncing/s,
    ],
    ['lacks a module', { modules: ['no-such'] }, /no-such[\s\S]*the machine cannot go on: modules that were asked for/],
  ])(
    'fails with the console of a machine that %s',
    async (_case, options, message) => {
      await expect(Machine.boot(options)).rejects.toThrow(message);
    },
    BOOT_LIMIT_MS,
  );

  test.skipIf(withoutNewest)(
    'has newer kernels and several processors; without its agent, it ends',
    async () => {
      const machine = await Machine.boot({ kernel: 'newest', processors: 2 });
      try {
        expect(must(machine.inside(['sh', '-c', 'uname -r; nproc']))).toBe(`${machine.release}\n2\n`);
        const { status, stderr } = attempt(machine.inside(['sh', '-c', 'pkill -KILL -f agent.mjs; sleep 1000']));
        expect([status, stderr]).toEqual([UNREACHABLE, expect.stringContaining('the agent ended: status 137')]);
      } finally {
        await machine.end();
      }
    },
    BOOT_LIMIT_MS,
  );

  test(
    'leaves nothing of a process that was killed',
    async () => {
      const program = `
      import { spawnSync } from 'node:child_process';
      import { Machine } from '${MACHINE}';
      const machine = await Machine.boot({ processors: 4, lines: 2 });
      const [command, ...rest] = machine.inside(['sh', '-c', 'echo "$(nproc) processors"; sleep 1000']);
      spawnSync(command, rest, { stdio: 'inherit' });`;
      const argv = ['--pdeathsig', 'KILL', '--', process.execPath, '--input-type=module', '-e', program];
      const owner = spawn('setpriv', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      const [said] = await once(owner.stdout, 'data');
      expect(String(said)).toBe('4 processors\n');
      expect(leftOf(owner.pid).length).toBeGreaterThan(4);
      owner.kill('SIGKILL');
      await until('all of it is gone', () => leftOf(owner.pid).length === 0, END_LIMIT_MS);
    },
    BOOT_LIMIT_MS,
  );
});
