/**
 * Captures during tests, for client and server, which start without what such a capture needs.
 *
 * @module
 */
import { isIP } from 'node:net';
import type { PathFacts } from '../../../core/shapes/result.ts';
import { remoteAddressOf } from './remote-address.ts';
import type { TunnelCapture } from './tunnel-capture.ts';

/** Settles when the capture has begun, or when it is known that it will not. @param line - as of `TunnelCapture` */
export async function beginTunnelCapture(line: PathFacts): Promise<TunnelCapture> {
  // Loaded now: a hundred files that no other test needs.
  const { TunnelCapture } = await import('./tunnel-capture.ts');
  return TunnelCapture.begin(line);
}

/** Whether the two addresses tell where the packets of a tunnel are. */
export function isCapturable(line: PathFacts): boolean {
  return isIP(remoteAddressOf(line)) !== 0;
}
