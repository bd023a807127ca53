/**
 * A TCP listener that outlives what accepting meets.
 *
 * Without a descriptor to spare, libuv (1.46 to 1.52) accepts and closes at once, by one that it holds back, so
 * that Node tells nothing and does not spin. What it does tell (ENOBUFS, EPERM, ENFILE of other versions) is said.
 *
 * @module
 */
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import { NS_PER_S } from '../../core/time.ts';
import { monotonicNow } from '../monotonic.ts';

export interface ListenerPlan {
  readonly host: string;
  readonly port: number;
  readonly ipv6Only: boolean;
  /** Connections beyond this are closed at once. */
  readonly maxConnections: number;
  readonly onConnection: (socket: Socket) => void;
  /** Connections are not taken, and why. */
  readonly onTrouble: (message: string) => void;
}

/** Between two words about one listener: a flood must not become one of messages. */
const TROUBLE_INTERVAL = 10 * NS_PER_S;

/** Listens, or rejects with the system's error. */
export async function listenTcp(plan: ListenerPlan): Promise<Server> {
  const { host, port, ipv6Only, maxConnections, onConnection } = plan;
  const listener = createServer({ noDelay: true }, onConnection);
  listener.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen({ host, port, ipv6Only, backlog: 511 }, () => {
      listener.off('error', reject);
      resolve();
    });
  });
  let saidAt = Number.NEGATIVE_INFINITY;
  const say = (message: string): void => {
    if (monotonicNow() - saidAt < TROUBLE_INTERVAL) return;
    saidAt = monotonicNow();
    plan.onTrouble(message);
  };
  listener.on('error', (error) => say(`connections cannot be accepted: ${messageOf(error)}`));
  listener.on('drop', () => say(`connections are closed at once: ${maxConnections} are open, the most that are taken`));
  return listener;
}
