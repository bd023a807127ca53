/**
 * Reads the state of a WireGuard device in userspace, of winze or of another implementation.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { messageOf, NetError, systemCodeOf } from '../../../core/errors.ts';
import type { DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import { publicKeyOf } from '../../../crypto/x25519.ts';
import { parseGetReply } from '../../../tunnel/uapi/response.ts';

const TIMEOUT_MS = 15_000;
/** Limit on a reply: about 65,000 peers with ten AllowedIPs each. */
const MAX_REPLY_CHARACTERS = 64 * 1024 * 1024;

/**
 * Reads the status of a device over its control socket.
 *
 * @param signal - ends it; without one it may take as long as something comes
 * @throws NetError `ERR_CONNECT` when there is no answer or an invalid one, `ERR_UNSUPPORTED` without permission
 */
export async function readDeviceStatus(name: string, path: string, signal?: AbortSignal): Promise<DeviceStatus> {
  const reply = parseGetReply(name, await exchange(path, 'get=1\n\n', signal), publicKeyOf);
  if (!reply.ok) throw new NetError('ERR_CONNECT', `${path}: ${reply.reason}`);
  return reply.status;
}

/** Whether a process listens on a Unix socket. The file of a process that was killed refuses connections. */
export async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  return new Promise((resolve) => {
    const settle = (served: boolean): void => {
      socket.destroy();
      resolve(served);
    };
    socket.once('connect', () => settle(true));
    // With any other error (backlog full, no permission) a process is listening.
    socket.once('error', (error) => settle(!['ECONNREFUSED', 'ENOENT'].includes(systemCodeOf(error) ?? '')));
  });
}

/**
 * Sends one request and returns the reply, up to its empty line.
 *
 * @throws NetError `ERR_CONNECT`, `ERR_UNSUPPORTED` without permission
 */
export function exchange(path: string, request: string, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: string[] = [];
    let length = 0;
    let end = '';
    const socket: Socket = connect({ path, ...(signal && { signal }) }, () => socket.write(request));
    const fail = (code: 'ERR_CONNECT' | 'ERR_UNSUPPORTED', why: string): void => {
      socket.destroy();
      reject(new NetError(code, `${path}: ${why}`));
    };
    socket.setTimeout(TIMEOUT_MS, () => fail('ERR_CONNECT', 'no answer in 15 s'));
    socket.once('error', (error) => {
      const denied = systemCodeOf(error) === 'EACCES';
      if (denied) fail('ERR_UNSUPPORTED', 'permission denied; run as root');
      else fail('ERR_CONNECT', signal?.aborted ? 'no answer in time' : messageOf(error));
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
