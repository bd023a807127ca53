/**
 * A live capture through the npm package `pcap`, where that is installed, in a process of its own.
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

/** What the process says, a line each. */
export interface PcapLine {
  readonly begun?: true;
  /** Why it does not capture. */
  readonly passedOver?: string;
  /** In libpcap's words. */
  readonly refused?: string;
  readonly statistics?: LiveStatistics;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const UNKNOWN: LiveStatistics = { tool: 'pcap', received: null, dropped: null, droppedByDevice: null };
/** Of what the package or Node may say besides. */
const MAX_CHARACTERS = 65_536;

/**
 * Starts it.
 *
 * @returns why it cannot capture: it is not installed or not built, or does not know the device's link type
 * @throws NetError for a device or a filter that does not exist, and without permission
 */
export async function startPcap(plan: LivePlan): Promise<LiveSource | string> {
  if (!isPcapInstalled()) return NOT_INSTALLED;
  // Ctrl-C is for us: at once, it would lose the packets that were not handed over yet.
  const child: Child = spawn(process.execPath, [ENTRY, JSON.stringify(plan)], { stdio: 'pipe', detached: true });
  const failed = failedStart(child);
  if (failed) throw captureRefusal(plan, 'pcap', (await failed).message);
  const said = new Said(child);
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

/** Lines of the process, as they come. */
class Said {
  statistics = UNKNOWN;
  /** The first of them; nothing, if it ends without one. */
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
    // It may have ended before it is told to.
    child.stdin.on('error', () => undefined);
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = (lines.pop() ?? '').slice(-MAX_CHARACTERS);
    for (const line of lines) {
      // Warnings of Node are none.
      if (!line.startsWith('{')) continue;
      const { statistics, ...begun } = JSON.parse(line) as PcapLine;
      if (statistics) this.statistics = statistics;
      else this.#begin(begun);
    }
  }
}

async function* chunksOf(child: Child, said: Said): CaptureChunks {
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    await said.closed;
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}
