/**
 * Serves the configuration protocol of userspace WireGuard on a socket of the file system, so that
 * wg(8) and what builds on it manage our device (https://www.wireguard.com/xplatform/).
 *
 * A connection is worked off one request after the other, and is not read while it has not taken the
 * replies: a client that reads slowly costs one reply of memory and delays nobody.
 *
 * @module
 */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import process from 'node:process';
import { NetError, systemCodeOf } from '../../../core/errors.ts';
import type { DeviceChange, DeviceStatus } from '../../../core/shapes/tunnel-config.ts';

import { wipeSecrets } from '../../../core/shapes/tunnel-secrets.ts';

import { withAdvice } from '../../../system/system-advice.ts';

import { ERRNO } from '../../../tunnel/uapi/errno.ts';
import { type UapiRequest, UapiRequestParser } from '../../../tunnel/uapi/request.ts';
import { formatErrno, formatGetReply } from '../../../tunnel/uapi/response.ts';
import { isServed } from './uapi-client.ts';

export interface UapiDevice {
  status(): Promise<DeviceStatus>;
  configure(change: DeviceChange): Promise<void>;
}

export interface UapiServer {
  /** Ends every connection; the file is gone afterwards. */
  close(): Promise<void>;
}

/** More at once are refused: each may hold a request of some megabytes. */
const MAX_CONNECTIONS = 64;
/** Nobody waits this long within a request. */
const IDLE_MS = 300_000;
const OWNER_ALONE = 0o077;

/**
 * @throws NetError `ERR_USAGE` when something is served at the path already, `ERR_UNSUPPORTED` when
 *   the socket cannot be made
 */
export async function serveUapi(path: string, device: UapiDevice): Promise<UapiServer> {
  const connections = new Set<Socket>();
  // A client may end its requests before it reads the replies.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    void converse(socket, device);
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await listen(server, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EADDRINUSE') throw failure(path, error);
    await refuseServed(path);
    // Left by a process that was killed.
    rmSync(path, { force: true });
    await listen(server, path).catch((again: unknown) => {
      throw failure(path, again);
    });
  }
  // A connection that cannot be accepted (EMFILE) is its client's loss, not the tunnel's.
  server.on('error', () => {});
  return {
    close: async () => {
      server.close();
      for (const socket of connections) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** @throws NetError `ERR_USAGE` when a process listens at the path */
export async function refuseServed(path: string): Promise<void> {
  if (!(await isServed(path))) return;
  const message = `${path} is in use: the tunnel is up already, by another program; wg show tells what it is`;
  throw new NetError('ERR_USAGE', message);
}

/** The socket is made within `listen`, with nobody else's permission. */
async function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(OWNER_ALONE);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await once(server, 'listening');
}

async function converse(socket: Socket, device: UapiDevice): Promise<void> {
  const parser = new UapiRequestParser();
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  // ECONNRESET, EPIPE: whoever asked has gone.
  socket.on('error', () => {});
  try {
    // The connection is ended here, when the last reply has been written.
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      for (const request of parser.handleChunk(chunk)) {
        const reply = await replyTo(request, device);
        if (!socket.write(reply)) await drained(socket);
        if (request.tag === 'refused' && request.close) return void socket.end();
      }
    }
    socket.end();
  } catch {
    // The connection broke while it was read: there is nobody to answer.
    socket.destroy();
  }
}

async function replyTo(request: UapiRequest, device: UapiDevice): Promise<string> {
  if (request.tag === 'refused') return formatErrno(request.errno);
  try {
    if (request.tag === 'get') return await statusReply(device);
    await device.configure(request.change);
    return formatErrno(0);
  } catch (error) {
    // A port that is taken is the one thing that a device refuses on its user's account.
    return formatErrno(error instanceof NetError && error.code === 'ERR_USAGE' ? ERRNO.EADDRINUSE : ERRNO.EIO);
  } finally {
    if (request.tag !== 'get') wipeSecrets(request.change);
  }
}

async function statusReply(device: UapiDevice): Promise<string> {
  const status = await device.status();
  try {
    return formatGetReply(status);
  } finally {
    wipeSecrets(status);
  }
}

/** Settles when the client has taken what was written, or has gone. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.once('drain', done).once('close', done);
  });
}

function failure(path: string, error: unknown): NetError {
  return new NetError('ERR_UNSUPPORTED', `cannot make the socket ${path}: ${withAdvice(error)}`, {
    cause: error,
  });
}
