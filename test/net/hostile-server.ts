/**
 * A server that does not mean well: it stands before a server of ours on loopback, and makes what it likes of the
 * frames that this one sends. What a client sends it passes on.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { ControlFrameReader, MAX_RESPONSE_BYTES } from '../../src/wire/control-frame.ts';
import { DATA_READY } from '../../src/wire/preamble.ts';
import { messageOf } from '../support/control-frames.ts';

export interface Mischief {
  /** Sends the client what it is to have instead of a frame of this type. */
  readonly onFrame: (client: Socket, type: string, octets: Uint8Array) => void;
  /** Sends the client what it is to have at the end of a data connection, instead of its end. */
  readonly onDataEnd?: (client: Socket) => void;
}

export interface HostileServer {
  readonly port: number;
  /** Resets the first data connection. */
  resetStream(): void;
  close(): void;
}

export async function openHostileServer(server: number, { onFrame, onDataEnd }: Mischief): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const streams: Socket[] = [];
  const listener = createServer((near) => {
    const far = connect({ port: server, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
    near.pipe(far);
    const reader = new ControlFrameReader(MAX_RESPONSE_BYTES);
    far.once('data', (first: Uint8Array) => {
      // A data connection is answered by this octet, which is no plain frame's first.
      if (first[0] === DATA_READY) {
        streams.push(near);
        near.write(first);
        far.pipe(near, { end: onDataEnd === undefined });
        far.on('end', () => onDataEnd?.(near));
        return;
      }
      const take = (chunk: Uint8Array): void => {
        reader.push(chunk);
        for (let next = reader.next(); next?.tag === 'frame'; next = reader.next()) {
          const message = messageOf(next.frame.octets);
          const type = typeof message === 'object' && message !== null && 'type' in message ? String(message.type) : '';
          onFrame(near, type, next.frame.octets);
        }
      };
      take(first);
      far.on('data', take);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  };
  return { port: bound.port, resetStream: () => streams[0]?.resetAndDestroy(), close };
}
