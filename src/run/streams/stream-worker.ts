/**
 * Entry of a worker thread that runs streams. It receives commands as messages, and sends reports as messages.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineChoice } from '../../core/shapes/spec.ts';
import { loadLibc } from '../../native/libc.ts';
import { LinuxStreams } from '../linux/streams.ts';
import type { StreamCommand, StreamHost, StreamReport } from './stream-plan.ts';

const { engine, cancelled } = workerData as { readonly engine: EngineChoice; readonly cancelled: Int32Array };
const port = parentPort;
if (!port) throw new Error('this file is the entry of a worker thread');

const report = (message: StreamReport): void => port.postMessage(message);
const libc = engine === 'portable' ? null : loadLibc();
// The portable engine is loaded only if it is used: loading takes time, and a test waits for this thread.
const host: Promise<StreamHost> = libc
  ? Promise.resolve(new LinuxStreams(libc, report, () => Atomics.load(cancelled, 0) !== 0))
  : portableHost();

/** Streams with TLS need Node's sockets, whatever the engine of this thread is. */
let nodeHost: Promise<StreamHost> | undefined;
const nodeStreams = new Set<number>();

port.on('message', async (command: StreamCommand | { readonly tag: 'end' }) => {
  if (command.tag !== 'end') {
    const streams = await hostOf(command);
    return streams.post(command);
  }
  for (const streams of await Promise.all([host, nodeHost])) await streams?.end();
  port.close();
});

/** Commands to one stream keep their order: they wait for the same promise. */
function hostOf(command: StreamCommand): Promise<StreamHost> {
  if (!libc) return host;
  if (command.tag === 'open') {
    if (command.plan.spec.handshake === null) return host;
    nodeStreams.add(command.plan.id);
  } else if (!nodeStreams.has(command.id)) return host;
  if (command.tag === 'close') nodeStreams.delete(command.id);
  nodeHost ??= portableHost();
  return nodeHost;
}

async function portableHost(): Promise<StreamHost> {
  const { PortableStreams } = await import('../portable/streams.ts');
  return new PortableStreams(report);
}
