/**
 * Resets a TCP connection.
 *
 * @module
 */
import type { Socket } from 'node:net';

/**
 * Closes the connection with RST: data that was not acknowledged is dropped. After a normal close the kernel would
 * retransmit it for minutes to a peer that is gone.
 *
 * @param stream - what is written to, if that is TLS over the connection: it shuts the connection down past `socket`
 */
export function resetConnection(socket: Socket, stream: Socket = socket): void {
  // libuv refuses to reset during a shutdown (uv_tcp_close_reset), and then leaves the socket open.
  if (socket.destroyed || socket.connecting || socket.writableEnded || stream.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
