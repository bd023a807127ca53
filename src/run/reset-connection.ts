/**
 * Ending a TCP connection without another word.
 *
 * @module
 */
import type { Socket } from 'node:net';

/**
 * Resets the connection: what the other end has not taken is thrown away. After a plain close the kernel would
 * repeat it for minutes to an end that is gone.
 */
export function resetConnection(socket: Socket): void {
  // libuv refuses to reset while a shutdown is under way (uv_tcp_close_reset), and then leaves the socket open.
  if (socket.destroyed || socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
