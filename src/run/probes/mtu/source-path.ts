/**
 * The path by which the probes of a search leave this host.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { PathFacts } from '../../../core/shapes/path.ts';
import type { Libc } from '../../../native/libc.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { deviceKind } from '../../../system/device-kind.ts';
import { readDeviceMtu } from '../../../system/device-mtu.ts';
import { hostPath } from '../../path/host-path.ts';
import { prepareSocket } from '../sockets/prepare-socket.ts';

/** As the routes have it, or by the device that was asked for. Never rejects for the network. */
export async function sourcePath(request: ProbeRequest, libc: Libc): Promise<PathFacts> {
  const { target, source } = request;
  const { device } = source;
  if (device === null) return hostPath(target.address, source.address);
  const facts = await hostPath(target.address, source.address ?? boundAddress(request, libc));
  if (facts.device === device) return facts;
  // The routes lead elsewhere: a socket that is bound to a device does not ask them.
  return { ...facts, device, kind: deviceKind(device), mtu_bytes: readDeviceMtu(device), encapsulation: null };
}

/** The local address of a socket that is bound to the device; `null` if it cannot be bound, which the probes report. */
function boundAddress(request: ProbeRequest, libc: Libc): string | null {
  const socket = LinuxSocket.open(libc, 'udp', request.target.address);
  try {
    prepareSocket(socket, 'udp', { ...request, client_port: null });
    // Nothing is sent: 9 is discard (RFC 863).
    socket.connect(request.target.address, 9);
    return socket.local().address;
  } catch (error) {
    if (error instanceof NetError) return null;
    throw error;
  } finally {
    socket.close();
  }
}
