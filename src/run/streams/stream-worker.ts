/**
 * Entry of a worker thread that carries streams. Commands come as messages, reports go back as messages.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineChoice } from '../../core/config.ts';
import { loadLibc } from '../../native/libc.ts';
import { LinuxStreams } from '../linux/streams.ts';
import { PortableStreams } from '../portable/streams.ts';
import type { StreamCommand, StreamHost, StreamReport } from './stream-plan.ts';

const { engine, cancelled } = workerData as { readonly engine: EngineChoice; readonly cancelled: Int32Array };
const port = parentPort;
if (!port) throw new Error('this file is the entry of a worker thread');

const report = (message: StreamReport): void => port.postMessage(message);
const libc = engine === 'portable' ? null : loadLibc();
const host: StreamHost = libc
  ? new LinuxStreams(libc, report, () => Atomics.load(cancelled, 0) !== 0)
  : new PortableStreams(report);

port.on('message', (command: StreamCommand | { readonly tag: 'end' }) => {
  if (command.tag !== 'end') host.post(command);
  else void host.end().then(() => port.close());
});
