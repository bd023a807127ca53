/**
 * Commands that the interop tests run: to their end, or beside the test.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Output {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command, and what it printed so far. */
export class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(argv: readonly string[]) {
    const [command = '', ...rest] = argv;
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#child = child;
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async end(): Promise<Output> {
    const status = await this.#ended;
    return { status, stdout: this.stdout, stderr: this.stderr };
  }

  /** Sends it a signal, and goes on. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it by a signal, and by force when that has no effect in time. */
  async stop(signal: NodeJS.Signals = 'SIGINT', limitMs = 5000): Promise<Output> {
    this.#child.kill(signal);
    const force = setTimeout(() => this.#child.kill('SIGKILL'), limitMs);
    const output = await this.end();
    clearTimeout(force);
    return output;
  }

  /** Waits until it has printed this. */
  async says(pattern: RegExp, limitMs = 30_000): Promise<void> {
    const hasSaid = (): boolean => pattern.test(this.stdout) || pattern.test(this.stderr);
    for (const until = Date.now() + limitMs; Date.now() < until; await sleep(20)) if (hasSaid()) return;
    // Where other tests of this process ran commands to their end meanwhile, what came is read only now.
    await sleep(20);
    if (hasSaid()) return;
    throw new Error(`waited for ${pattern} in vain:\n${this.stdout}\n${this.stderr}`);
  }
}

/** Runs a command to its end; a failure is an error. Returns what it printed. */
export function must(argv: readonly string[], input = ''): string {
  const { status, stdout, stderr } = attempt(argv, input);
  if (status === 0) return stdout;
  throw new Error(`${argv.join(' ')}: exit ${status}: ${stderr.trim()}`);
}

/** Runs a command to its end, whatever that is. */
export function attempt(argv: readonly string[], input = ''): Output {
  const [command = '', ...rest] = argv;
  // By force, since a command may not heed another signal, and nothing else goes on here until it ends.
  const limits = { timeout: 60_000, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const;
  const { status, stdout, stderr, error } = spawnSync(command, rest, { encoding: 'utf8', input, ...limits });
  return { status, stdout, stderr: error ? `${error.message}\n${stderr}` : stderr };
}

/** Waits until something is so. @throws Error that names it, when it is not so in time */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(20)) if (await isSo()) return;
  throw new Error(`waited ${limitMs} ms in vain: ${what}`);
}
