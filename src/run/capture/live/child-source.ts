/**
 * A live capture with tcpdump or dumpcap as a child process.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { systemCodeOf } from '../../../core/errors.ts';
import { programPath } from '../../../system/files/program-path.ts';
import type { CaptureChunks } from '../input-failure.ts';
import { captureRefusal } from './capture-refusal.ts';
import type { CaptureTool } from './capture-tool.ts';
import type { LivePlan, LiveSource } from './live-source.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Characters of its standard error that are kept, from the end: there are the packet counts. */
const KEPT_CHARACTERS = 8192;
/** How long a program may take to end after its signal, not counting the time until its output is read. */
const EXIT_LIMIT_MS = 5000;

/**
 * Starts a capture program.
 *
 * @returns `null` if it is not installed
 * @throws NetError if it cannot be started. Later errors are thrown by the iteration of `chunks`
 */
export async function startChild(tool: CaptureTool, plan: LivePlan): Promise<LiveSource | null> {
  const child: Child = spawn(programPath(tool.program), tool.argumentsFor(plan), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that Ctrl-C does not stop it at once: packets in its buffer would be lost.
    detached: true,
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw captureRefusal(plan, tool.program, error instanceof Error ? error.message : String(error));
  }
  endWithUs(child);
  let said = '';
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  child.once('close', begin);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARACTERS);
    if (tool.begun.test(said)) begin();
  });
  return {
    begun,
    chunks: chunksOf(child, () => captureRefusal(plan, tool.program, said)),
    stop: () => void setTimeout(() => end(child, 'SIGINT'), plan.isPrompt ? 0 : tool.lagMs),
    statistics: () => tool.statisticsOf(said),
  };
}

/**
 * Ends the program when this process is gone, also by SIGKILL: on a quiet device it writes nothing, and would not find
 * out. A shell waits for the end of a pipe whose other end only this process has. The signal that prctl(2) can send
 * (`PR_SET_PDEATHSIG`) does not do: it is forgotten when the program changes its user, as tcpdump does, or has
 * capabilities, as dumpcap has. Windows has no such shell.
 */
function endWithUs(child: Child): void {
  if (process.platform === 'win32' || child.pid === undefined) return;
  const watch = spawn('/bin/sh', ['-c', 'read -r _; kill -TERM "$1"', 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell the program is not watched.
  watch.on('error', () => undefined);
  watch.stdin.on('error', () => undefined);
  // SIGKILL, since the PID may belong to another program from now on.
  child.once('exit', () => watch.kill('SIGKILL'));
  if (child.exitCode !== null || child.signalCode !== null) watch.kill('SIGKILL');
}

/** @param refusal - makes the error, if the program ended before it captured */
async function* chunksOf(child: Child, refusal: () => Error): CaptureChunks {
  const ended = once(child, 'close');
  let octets = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) {
      octets += chunk.length;
      yield chunk;
    }
    const [status] = await ended;
    if (octets === 0 && status !== 0) throw refusal();
  } finally {
    // Waits for the exit, since the program captures until then.
    if (end(child, 'SIGTERM')) await once(child, 'exit');
  }
}

/** Sends a signal, and later SIGKILL if the program ignores it. @returns false if the program has exited already */
function end(child: Child, signal: NodeJS.Signals): boolean {
  if (!child.kill(signal)) return false;
  const limit = setInterval(() => {
    // While output is waiting to be read, the program may still write packets that were captured before the signal.
    if (child.stdout.destroyed || child.stdout.readableLength === 0) child.kill('SIGKILL');
  }, EXIT_LIMIT_MS);
  child.once('exit', () => clearInterval(limit));
  return true;
}
