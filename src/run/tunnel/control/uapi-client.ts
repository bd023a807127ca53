/**
 * Asks a WireGuard device in userspace, ours or another implementation's, for its state.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { messageOf, NetError, systemCodeOf } from '../../../core/errors.ts';
import type { DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import { publicKeyOf } from '../../../crypto/x25519.ts';
import { parseGetReply } from '../../../tunnel/uapi/response.ts';

const TIMEOUT_MS = 15_000;
/** Some 65,000 peers with ten ranges each. */
const MAX_REPLY_CHARACTERS = 64 * 1024 * 1024;

/** @throws NetError `ERR_CONNECT` when nothing or nonsense answers, `ERR_UNSUPPORTED` without permission */
export async function readDeviceStatus(name: string, path: string): Promise<DeviceStatus> {
  const reply = parseGetReply(name, await exchange(path, 'get=1\n\n'), publicKeyOf);
  if (!reply.ok) throw new NetError('ERR_CONNECT', `${path}: ${reply.reason}`);
  return reply.status;
}

/** Whether a process listens at the path; the file of one that was killed refuses. */
export async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  return new Promise((resolve) => {
    const settle = (served: boolean): void => {
      socket.destroy();
      resolve(served);
    };
    socket.once('connect', () => settle(true));
    // A socket that is full, or may not be opened, belongs to somebody.
    socket.once('error', (error) => settle(!['ECONNREFUSED', 'ENOENT'].includes(systemCodeOf(error) ?? '')));
  });
}

/** Sends one request and returns the reply. @throws NetError `ERR_CONNECT`, `ERR_UNSUPPORTED` without permission */
export function exchange(path: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: string[] = [];
    let length = 0;
    let end = '';
    const socket: Socket = connect(path, () => socket.write(request));
    const fail = (code: 'ERR_CONNECT' | 'ERR_UNSUPPORTED', why: string): void => {
      socket.destroy();
      reject(new NetError(code, `${path}: ${why}`));
    };
    socket.setTimeout(TIMEOUT_MS, () => fail('ERR_CONNECT', 'no answer in 15 s'));
    socket.once('error', (error) => {
      const denied = systemCodeOf(error) === 'EACCES';
      fail(denied ? 'ERR_UNSUPPORTED' : 'ERR_CONNECT', `${messageOf(error)}${denied ? '; run as root' : ''}`);
    });
    socket.once('close', () => fail('ERR_CONNECT', 'closed without an answer'));
    socket.setEncoding('latin1').on('data', (text: string) => {
      parts.push(text);
      length += text.length;
      end = (end + text).slice(-2);
      if (length > MAX_REPLY_CHARACTERS) return fail('ERR_CONNECT', 'the answer has no end');
      if (end !== '\n\n') return;
      resolve(parts.join(''));
      socket.destroy();
    });
  });
}
