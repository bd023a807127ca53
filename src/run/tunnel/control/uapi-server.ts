/**
 * Serves the configuration protocol of userspace WireGuard on a Unix socket, so that wg(8) and programs that use it can
 * manage our device (https://www.wireguard.com/xplatform/).
 *
 * The requests of a connection are handled one after the other, and no more are read until the client has read the
 * replies. So a slow client costs the memory of one reply, and does not delay others.
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

/** The device that is managed. */
export interface UapiDevice {
  status(): Promise<DeviceStatus>;
  configure(change: DeviceChange): Promise<void>;
}

/** A server that is listening. */
export interface UapiServer {
  /** Ends all connections, and removes the socket file. */
  close(): Promise<void>;
}

/** Most connections at the same time: each may need memory for a request of some megabytes. */
const MAX_CONNECTIONS = 64;
/** Time without data after which a connection is closed. */
const IDLE_MS = 300_000;
const OWNER_ALONE = 0o077;

/**
 * Starts the server.
 *
 * @throws NetError `ERR_USAGE` when a process already listens at the path, `ERR_UNSUPPORTED` when the socket cannot be
 *   created
 */
export async function serveUapi(path: string, device: UapiDevice): Promise<UapiServer> {
  const connections = new Set<Socket>();
  // A client may close its sending direction before it reads the replies.
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
  // If a connection cannot be accepted (EMFILE), only that client fails.
  server.on('error', () => {});
  return {
    close: async () => {
      server.close();
      for (const socket of connections) socket.destroy();
      await once(server, 'close');
    },
  };
}

/**
 * Checks that no process listens at the path.
 *
 * @throws NetError `ERR_USAGE`
 */
export async function refuseServed(path: string): Promise<void> {
  if (!(await isServed(path))) return;
  const message = `${path} is in use: the tunnel is up already, by another program; wg show tells what it is`;
  throw new NetError('ERR_USAGE', message);
}

/** Creates the socket file, with permissions for its owner only. */
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
  // ECONNRESET, EPIPE: the client is gone.
  socket.on('error', () => {});
  try {
    // The iterator must not close the connection: it is closed below, after the last reply.
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      for (const request of parser.handleChunk(chunk)) {
        const reply = await replyTo(request, device);
        if (!socket.write(reply)) await drained(socket);
        if (request.tag === 'refused' && request.close) return void socket.end();
      }
    }
    socket.end();
  } catch {
    // The connection broke: the client is gone.
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
    // The only error of a device that is caused by the request is a port in use.
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

/** Resolves when the client has read the reply, or is gone. */
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
