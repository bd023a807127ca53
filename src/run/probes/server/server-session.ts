/**
 * A session with a server of winze for one test.
 *
 * @module
 */
import { toHex } from '../../../core/bytes.ts';
import type { ProbedServer, ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { PathConnection } from '../../client/connect/path-connection.ts';
import { hmacSha256, randomOctets } from '../../hmac.ts';

/** A request whose target is a server of winze. */
export interface ServerRequest extends ProbeRequest {
  readonly server: ProbedServer;
}

/**
 * Connects, authenticates, and waits in the queue if there is one.
 *
 * @throws NetError if the connection fails, or the server refuses; the reason of the signal
 */
export function openServerSession(
  { target, source, server, connect_timeout_ns }: ServerRequest,
  onNotice: (message: string) => void,
  signal: AbortSignal,
): Promise<PathConnection> {
  const { name, address, port } = target;
  const clientId = toHex(randomOctets(16));
  const deps = { secret: server.secret, wait: server.wait, clientId, hmac: hmacSha256, nonce: randomOctets(32) };
  return PathConnection.open({ name, addresses: [address], port: port ?? 0, localAddress: source.address }, deps, {
    limitNs: connect_timeout_ns,
    onAnswer: () => {},
    onQueued: (place) => onNotice(`the server is busy: place ${place} in its queue`),
    signal,
  });
}
