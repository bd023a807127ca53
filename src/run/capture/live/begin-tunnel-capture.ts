/**
 * Captures during tests, for client and server. What such a capture needs is loaded on demand.
 *
 * @module
 */
import { isIP } from 'node:net';
import type { PathFacts } from '../../../core/shapes/path.ts';
import { remoteAddressOf } from './remote-address.ts';
import type { TunnelCapture } from './tunnel-capture.ts';

/**
 * Starts a capture. Resolves when it has begun, or when it is certain that it will not. Never rejects for that.
 *
 * @param line - the path whose two addresses are those of the tunnel's own packets
 */
export async function beginTunnelCapture(line: PathFacts): Promise<TunnelCapture> {
  // A hundred files that no other test needs.
  const { TunnelCapture } = await import('./tunnel-capture.ts');
  return TunnelCapture.begin(line);
}

/** Whether the remote end has an IP address, by which the packets of a tunnel can be filtered. */
export function isCapturable(line: PathFacts): boolean {
  return isIP(remoteAddressOf(line)) !== 0;
}
