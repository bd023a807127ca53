/**
 * Entry of the thread of a tunnel device: TUN on one side, UDP on the other, the engine in between.
 *
 * @module
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { messageOf, NetError } from '../../../core/errors.ts';
import type { DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import { wipeSecrets } from '../../../core/shapes/tunnel-secrets.ts';
import { loadLibc } from '../../../native/libc.ts';
import type { LinuxTunnel } from '../data-path/linux-tunnel.ts';
import { openTunnel } from '../data-path/open-tunnel.ts';
import type { DeviceCommand, DeviceReport, DeviceThreadPlan, Failure } from './thread-messages.ts';

const plan = workerData as DeviceThreadPlan;
const port = parentPort;
const libc = loadLibc();
if (!port || !libc) throw new Error('this file is the entry of a worker thread on Linux');

const report = (message: DeviceReport): void => port.postMessage(message);
const failureOf = (error: unknown): Failure => ({
  code: error instanceof NetError ? error.code : 'ERR_UNSUPPORTED',
  message: messageOf(error),
});

/** Runs a command. Returns false when the device should be closed. */
function execute(tunnel: LinuxTunnel, command: DeviceCommand): boolean {
  let status: DeviceStatus | null = null;
  try {
    if (command.tag === 'status') status = tunnel.status();
    if (command.tag === 'configure') tunnel.configure(command.change);
    report({ tag: 'done', id: command.id, status });
  } catch (error) {
    report({ tag: 'refused', id: command.id, failure: failureOf(error) });
  } finally {
    // The engine has its own copy of the keys, and so has the message.
    if (command.tag === 'configure') wipeSecrets(command.change);
    if (status) wipeSecrets(status);
  }
  return command.tag !== 'close';
}

let tunnel: LinuxTunnel | undefined;
try {
  tunnel = openTunnel(libc, plan, report);
  report({ tag: 'opened', name: tunnel.name });
  for (let open = true; open; ) {
    const woken = tunnel.turn();
    if (!woken) continue;
    for (let next = receiveMessageOnPort(port); next && open; next = receiveMessageOnPort(port)) {
      open = execute(tunnel, next.message as DeviceCommand);
    }
  }
} catch (error) {
  report({ tag: 'failed', failure: failureOf(error) });
} finally {
  tunnel?.close();
  port.close();
}
