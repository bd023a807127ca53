/**
 * A TCP listener that survives errors of accept(2).
 *
 * If no descriptor is left, libuv (1.46 to 1.52) accepts and closes connections immediately, with a descriptor that it
 * keeps in reserve, so that Node reports nothing and does not spin. Errors that it does report (ENOBUFS, EPERM, ENFILE
 * of other versions) are passed on as warnings.
 *
 * @module
 */
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import { sparingly } from './sparingly.ts';

/** Where to listen, and the callbacks. */
export interface ListenerPlan {
  readonly host: string;
  readonly port: number;
  readonly ipv6Only: boolean;
  /** A socket that listens already, which is used instead of a new one. */
  readonly fd?: number;
  /** Most open connections; more are closed immediately. */
  readonly maxConnections: number;
  readonly onConnection: (socket: Socket) => void;
  /** Called with the reason when connections are not accepted, at most every 10 s. */
  readonly onError: (message: string) => void;
}

/**
 * Connections that may wait to be accepted; the kernel allows at most net.core.somaxconn, 4096 as a rule. A client of a test of
 * connections need not wait until its last one was accepted. Beyond, a SYN is dropped, and sent again after a second.
 */
const BACKLOG = 4096;

/** Starts to listen. Rejects with the system's error. */
export async function listenTcp(plan: ListenerPlan): Promise<Server> {
  const { host, port, ipv6Only, fd, maxConnections, onConnection } = plan;
  const listener = createServer({ noDelay: true }, onConnection);
  listener.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(fd === undefined ? { host, port, ipv6Only, backlog: BACKLOG } : { fd, backlog: BACKLOG }, () => {
      listener.off('error', reject);
      resolve();
    });
  });
  const warn = sparingly(plan.onError);
  listener.on('error', (error) => warn(`connections cannot be accepted: ${messageOf(error)}`));
  listener.on('drop', () =>
    warn(`connections are closed at once: ${maxConnections} are open, the most that are taken`),
  );
  return listener;
}
