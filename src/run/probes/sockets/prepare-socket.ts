/**
 * Applies to a socket where it leaves from, and how it is marked.
 *
 * @module
 */
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { LinuxSocket } from '../../../native/socket.ts';

/** What no probe asks for. */
const PLAIN = {
  congestion_control: null,
  window_bytes: null,
  mss_bytes: null,
  no_delay: false,
  dont_fragment: false,
} as const;

/**
 * Binds a socket to the device, the address and the port that were asked for.
 *
 * @throws NetError `ERR_USAGE` or `ERR_UNSUPPORTED` with what this host refuses
 */
export function prepareSocket(socket: LinuxSocket, type: 'tcp' | 'udp', request: ProbeRequest): void {
  const { target, source, tos, client_port } = request;
  socket.apply(type, { ...PLAIN, tos, device: source.device });
  if (source.address === null && client_port === null) return;
  socket.bind(source.address ?? (target.family === 6 ? '::' : '0.0.0.0'), client_port ?? 0);
}
