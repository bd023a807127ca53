/**
 * Requests of probes towards this host.
 *
 * @module
 */
import type { AddressInfo, Server } from 'node:net';
import type { ProbeRequest } from '../../src/core/shapes/path/probe-spec.ts';
import { completeProbe, USUAL_PROBES } from '../../src/measure/probe-defaults.ts';

/** A ping of 127.0.0.1 over TCP, with changes. */
export function probeRequest({
  target,
  ...changes
}: Partial<Omit<ProbeRequest, 'target'>> & { readonly target: Partial<ProbeRequest['target']> }): ProbeRequest {
  const address = target.address ?? '127.0.0.1';
  return {
    ...completeProbe({ test: 'ping' }),
    target: { name: address, port: null, url: null, address, family: 4, ...target },
    server: null,
    source: { address: null, device: null },
    via: null,
    connect_timeout_ns: USUAL_PROBES.connect_timeout_ns,
    engine: USUAL_PROBES.engine,
    ...changes,
  };
}

/** Lets a server listen on a free port. @returns the port */
export async function portOf(server: Server, address = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}
