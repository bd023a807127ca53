/**
 * winze as it runs on Windows, and as it runs on this host beside it.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const BIN = join(ROOT, 'bin/winze.js');
/** Beyond any load: a start takes 1 s on a machine that does nothing else. */
const LIMIT_MS = 90_000;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd?: string;
  /** A file for standard input; none without. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const wine = inject('wine');

/** For `describe.skipIf`: the reason has been printed. */
export const hasNoWine = wine === null;

/** A new folder, for which Windows has a name, too. */
export function newFolder(): string {
  return mkdtempSync(join(prefix().folder, 'test-'));
}

/** A path as Windows has it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/** A program that runs, with its output in files: through pipes, Wine gives Node no handles that it can use. */
export class Running {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #ended: Promise<number | null>;

  constructor(argv: readonly string[], env: Readonly<Record<string, string | undefined>>, place: Place = {}) {
    const folder = newFolder();
    const [command = '', ...rest] = argv;
    const fds = [
      openSync(place.stdin ?? '/dev/null', 'r'),
      openSync(join(folder, 'stdout'), 'w'),
      openSync(join(folder, 'stderr'), 'w'),
    ];
    const child = spawn(command, rest, { cwd: place.cwd ?? folder, env: { ...env, ...place.env }, stdio: fds });
    for (const fd of fds) closeSync(fd);
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    this.#child = child;
    this.#folder = folder;
    this.#ended = new Promise((settle, reject) => {
      child.once('error', reject).once('exit', (status) => {
        clearTimeout(limit);
        settle(status);
      });
    });
  }

  get stdout(): string {
    return readFileSync(join(this.#folder, 'stdout'), 'utf8');
  }

  /** Without what Wine itself says, as of a program of its own that was ended half way. */
  get stderr(): string {
    return readFileSync(join(this.#folder, 'stderr'), 'utf8').replace(/^wine: .*\n/gm, '');
  }

  async end(): Promise<Ended> {
    const status = await this.#ended;
    return { status, stdout: this.stdout, stderr: this.stderr };
  }

  /** Of the process itself: `wine` becomes the program that it is given. Wine hands on SIGINT, as Ctrl-C. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has printed this. */
  async says(pattern: RegExp): Promise<void> {
    for (const until = Date.now() + LIMIT_MS; Date.now() < until; await sleep(50)) {
      if (pattern.test(this.stdout)) return;
      if (this.#child.exitCode !== null) break;
    }
    throw new Error(`waited for ${pattern} in vain:\n${this.stdout}\n${this.stderr}`);
  }
}

/** Starts winze with Windows' Node. */
export function beginOnWindows(argv: readonly string[], place?: Place): Running {
  return new Running(['wine', prefix().node, BIN, ...argv], prefix().env, place);
}

/** Runs winze with Windows' Node to its end. */
export function onWindows(argv: readonly string[], place?: Place): Promise<Ended> {
  return beginOnWindows(argv, place).end();
}

/** Starts another script with Windows' Node. */
export function beginScript(script: string, argv: readonly string[]): Running {
  return new Running(['wine', prefix().node, '-e', script, '--', ...argv], prefix().env);
}

/** Starts winze on this host. */
export function beginHere(argv: readonly string[], place?: Place): Running {
  return new Running([process.execPath, BIN, ...argv], process.env, place);
}

/** Runs winze on this host to its end. */
export function here(argv: readonly string[], place?: Place): Promise<Ended> {
  return beginHere(argv, place).end();
}

/** Windows' node.exe. */
export function windowsNode(): string {
  return prefix().node;
}

/** The arguments and the environment that a console needs to start winze with Windows' Node. */
export function windowsCommand(argv: readonly string[]): {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  return { argv: ['wine', prefix().node, BIN, ...argv], env: prefix().env };
}

/** A server that listens, and its port. */
export async function serving(
  begin: typeof beginHere,
  ...options: readonly string[]
): Promise<{ readonly server: Running; readonly port: string }> {
  const server = begin(['-s', '-ip', '127.0.0.1', '-port', '0', '--no-host-facts', ...options]);
  await server.says(/Listening on port \d+/);
  return { server, port: /port (\d+)/.exec(server.stdout)?.[1] ?? '' };
}

function prefix() {
  if (wine === null) throw new Error('there is no Wine');
  return wine;
}
