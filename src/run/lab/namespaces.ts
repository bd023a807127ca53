/**
 * The lab in network namespaces. It is started under unshare(1), because a process with threads cannot create a user
 * namespace itself.
 *
 * ```text
 * command line ── IPC ── near process ── IPC ── far process
 *                        (client, row by row)   (server)
 * ```
 *
 * The near process is the first one of a PID namespace: when it ends, the kernel ends all processes in the lab. It ends
 * when its IPC channel is closed, so a lab whose command line was killed leaves nothing behind. It has a session of its
 * own, so that Ctrl-C reaches only the command line.
 *
 * @see unshare(1), user_namespaces(7), pid_namespaces(7)
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import type { LabConfig, LabDocument } from '../../core/shapes/lab.ts';
import { namespaceAdvice, readNamespaceSwitches } from '../../system/namespace-advice.ts';
import type { LabReport, LabRequest } from './sides/messages.ts';

const ENTRY = fileURLToPath(new URL('./near-process.js', import.meta.url));
const OWN = ['--net', '--mount', '--pid', '--fork'];
const AS_ROOT_OF_ITS_OWN = ['--user', '--map-root-user', ...OWN];
const KEPT_CHARACTERS = 2000;

/** Nothing was measured, because namespaces, or the devices in them, are not available. */
export class NoNamespaces extends NetError {
  /** Whether creating them in another way may work. */
  readonly mayBeMade: boolean;

  constructor(message: string, mayBeMade: boolean, cause?: unknown) {
    super('ERR_UNSUPPORTED', message, { cause });
    this.mayBeMade = mayBeMade;
  }
}

/**
 * Runs the lab.
 *
 * @throws NoNamespaces before anything was measured; NetError when nothing was measured for another reason
 */
export async function runInNamespaces(config: LabConfig): Promise<LabDocument> {
  if (process.platform !== 'linux') throw new NoNamespaces('network namespaces are there on Linux only', false);
  if (process.getuid?.() !== 0) return runUnder(AS_ROOT_OF_ITS_OWN, config);
  try {
    return await runUnder(OWN, config);
  } catch (error) {
    // Root in a container may lack the privilege, but be allowed to create a user namespace.
    if (!(error instanceof NoNamespaces) || !error.mayBeMade || config.signal?.aborted) throw error;
    return runUnder(AS_ROOT_OF_ITS_OWN, config);
  }
}

function runUnder(flags: readonly string[], config: LabConfig): Promise<LabDocument> {
  const { signal, onEvent, ...plan } = config;
  const child = spawn('unshare', [...flags, process.execPath, ENTRY], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
  const stderr = lastOf(child);
  const send = (request: LabRequest): void => void child.send(request, () => {});
  const stop = (): void => send({ tag: 'stop', reason: messageOf(signal?.reason) });
  let inside = false;
  return new Promise<LabDocument>((resolve, reject) => {
    child.on('message', (report: LabReport) => {
      if (report.tag === 'event') onEvent(report.event);
      else if (report.tag === 'ended') resolve(report.document);
      else if (report.tag === 'failed') {
        const { instead, code, message } = report;
        reject(
          instead === 'nothing' ? new NetError(code, message) : new NoNamespaces(message, instead === 'namespaces'),
        );
      } else {
        inside = true;
        send({ tag: 'begin', plan });
        if (signal?.aborted) stop();
        signal?.addEventListener('abort', stop, { once: true });
      }
    });
    child.once('error', (error) => {
      const missing = systemCodeOf(error) === 'ENOENT';
      const why = missing ? 'unshare (of util-linux) is not installed' : `unshare cannot be started: ${error.message}`;
      reject(new NoNamespaces(why, false, error));
    });
    child.once('close', (status, name) => {
      if (!inside) return reject(new NoNamespaces(namespaceAdvice(stderr(), readNamespaceSwitches()), true));
      const how = name ?? `exit status ${status}`;
      reject(new NetError('ERR_PEER_LOST', `the lab's processes ended too early (${how}): ${stderr()}`));
    });
  }).finally(() => {
    signal?.removeEventListener('abort', stop);
    // Closing the channel ends the near process, and with it all other processes.
    if (child.connected) child.disconnect();
    child.unref();
  });
}

function lastOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-KEPT_CHARACTERS);
  });
  return () => text.trim();
}
