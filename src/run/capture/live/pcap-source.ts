/**
 * A live capture with the npm package `pcap`, if it is installed, in a child process.
 *
 * @see docs/decisions/0012-pcap-where-installed.md
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { failedStart } from '../../../system/files/failed-start.ts';
import type { CaptureChunks } from '../input-failure.ts';
import { captureRefusal } from './capture-refusal.ts';
import type { LivePlan, LiveSource, LiveStatistics } from './live-source.ts';
import { isPcapInstalled, NOT_INSTALLED } from './pcap-package.ts';

const ENTRY = fileURLToPath(new URL('./pcap-process.js', import.meta.url));

/** A line that the child process writes to its standard error. It has one of these fields. */
export interface PcapLine {
  readonly begun?: true;
  /** Why the package cannot capture, so that another tool is tried. */
  readonly passedOver?: string;
  /** Error message of libpcap. */
  readonly refused?: string;
  /** The last line of a capture. */
  readonly statistics?: LiveStatistics;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const UNKNOWN: LiveStatistics = { tool: 'pcap', received: null, dropped: null, droppedByDevice: null };
/** Longest line that is kept; the package or Node may print other text. */
const MAX_CHARACTERS = 65_536;

/**
 * Starts a capture.
 *
 * @returns a reason if the package cannot capture: it is not installed or not built, or does not know the link type
 * @throws NetError if the device or the filter does not exist, or capturing is not permitted
 */
export async function startPcap(plan: LivePlan): Promise<LiveSource | string> {
  if (!isPcapInstalled()) return NOT_INSTALLED;
  // A process group of its own, so that Ctrl-C does not stop it at once: packets in its buffer would be lost.
  const child: Child = spawn(process.execPath, [ENTRY, JSON.stringify(plan)], { stdio: 'pipe', detached: true });
  const failed = failedStart(child);
  if (failed) throw captureRefusal(plan, 'pcap', (await failed).message);
  const said = new ChildOutput(child);
  const first = await said.first;
  if (first.refused !== undefined) throw captureRefusal(plan, 'pcap', first.refused);
  if (!first.begun) return first.passedOver ?? 'pcap ends at once';
  return {
    begun: Promise.resolve(),
    chunks: chunksOf(child, said),
    stop: () => void child.stdin.end(),
    statistics: () => said.statistics,
  };
}

/** The lines of the child process. */
class ChildOutput {
  statistics = UNKNOWN;
  /** The first line; an empty object if the process ends without one. */
  readonly first: Promise<PcapLine>;
  readonly closed: Promise<void>;
  #text = '';
  #begin: (line: PcapLine) => void = () => undefined;

  constructor(child: Child) {
    this.first = new Promise((resolve) => {
      this.#begin = resolve;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.closed = new Promise((resolve) => {
      const close = (): void => {
        this.#begin({});
        resolve();
      };
      child.once('close', close).once('error', close);
    });
    // The process may have ended before its standard input is closed.
    child.stdin.on('error', () => undefined);
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = (lines.pop() ?? '').slice(-MAX_CHARACTERS);
    for (const line of lines) {
      // Warnings of Node are not lines in JSON.
      if (!line.startsWith('{')) continue;
      const { statistics, ...begun } = JSON.parse(line) as PcapLine;
      if (statistics) this.statistics = statistics;
      else this.#begin(begun);
    }
  }
}

async function* chunksOf(child: Child, said: ChildOutput): CaptureChunks {
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    await said.closed;
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}
