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
  : import('../portable/streams.ts').then(({ PortableStreams }) => new PortableStreams(report));

port.on('message', async (command: StreamCommand | { readonly tag: 'end' }) => {
  const streams = await host;
  if (command.tag !== 'end') return streams.post(command);
  await streams.end();
  port.close();
});
