/**
 * Walks of `examples/`: the shell commands of a page, run as they stand there.
 *
 * Blocks of `sh` are commands, in the order in which they are to be typed; a block of `text` right after
 * one is what it printed, shortened at `[...]`.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const LIMIT_MS = 180_000;

export interface Step {
  /** The heading above it, and a number if there is more than one block beneath that. */
  readonly name: string;
  readonly commands: string;
  /** Lines that the page shows. */
  readonly printed: readonly string[];
}

/** Reads a page. @param path - from the root of the repository */
export function readWalk(path: string): readonly Step[] {
  const steps: Step[] = [];
  const blocks = /^##? (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm;
  let heading = '';
  let isLastShell = false;
  for (const [, title, kind, text = ''] of readFileSync(join(ROOT, path), 'utf8').matchAll(blocks)) {
    const last = steps.at(-1);
    if (title !== undefined) heading = title;
    else if (kind === 'sh') {
      const before = steps.filter(({ name }) => name.replace(/ \d+$/, '') === heading).length;
      steps.push({ name: before === 0 ? heading : `${heading} ${before + 1}`, commands: text, printed: [] });
    } else if (isLastShell && last) {
      steps[steps.length - 1] = { ...last, printed: text.split('\n').filter((line) => !/^(\[\.\.\.\])?$/.test(line)) };
    }
    isLastShell = title === undefined && kind === 'sh';
  }
  return steps;
}

/** Lines of a page that are in no output, but for their figures. */
export function unprinted(printed: readonly string[], output: string): readonly string[] {
  const there = new Set(output.split('\n').map(shape));
  return printed.filter((line) => !there.has(shape(line)));
}

/** A line without what differs from run to run: figures with their units, keys, how wide a table is. */
function shape(line: string): string {
  return line
    .replace(/\bpackets?\b/g, 'packets')
    .replace(/\d+ minutes?, (?=\d+ seconds?\b)/g, '')
    .replace(/\bseconds?\b/g, 'seconds')
    .replace(/[\w+/]{8}…|[\w+/]{43}=|(\w\w:){5}\w\w/g, '0')
    .replace(/\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, '0')
    .replace(/\d[\d.,:]*\s*([num]?s|[KMG]?i?B|[KMG]?bit\/s|[KMGu])?\b/g, '0')
    .replace(/─+/g, '─')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * A root shell with a network, processes and a `/run` of its own, so that nothing in it meets what else
 * runs on this machine, and nothing is left of it.
 */
export class WalkShell {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wz-walk-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';
  #blocks = 0;
  /** Commands that did not end: nothing can be run after them. */
  #stuck: string | null = null;

  constructor() {
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
    const namespaces = [
      '--net',
      '--mount',
      '--propagation',
      'private',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
    ];
    const start = 'mount -t tmpfs tmpfs /run && exec bash --norc -s 2>&1';
    const child = spawn('unshare', [...namespaces, 'bash', '-c', start], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PATH: path, TMPDIR: this.#folder, NO_COLOR: '1', LC_ALL: 'C.UTF-8' },
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#child = child;
    this.#ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  }

  /** Runs commands to the end of the last one that is in the foreground. Returns all that was printed meanwhile. */
  async run(commands: string): Promise<string> {
    if (this.#stuck !== null) throw new Error(`commands before these did not end:\n${this.#stuck}`);
    const n = this.#blocks++;
    const file = join(this.#folder, `block-${n}`);
    writeFileSync(file, commands);
    const end = `end of block ${n}\n`;
    this.#output = '';
    // From a file: a command must not read the next ones as its input.
    this.#child.stdin?.write(`. ${file} < /dev/null\nprintf '%s' '${end}'\n`);
    for (const until = Date.now() + LIMIT_MS; !this.#output.endsWith(end); ) {
      if (Date.now() > until || this.#child.exitCode !== null) {
        this.#stuck = commands;
        throw new Error(`these commands did not end:\n${commands}\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.#output.slice(0, -end.length);
  }

  /** Ends the shell and every process that it started. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(force);
    rmSync(this.#folder, { recursive: true });
  }
}
