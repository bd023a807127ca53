/**
 * Opens what probes one source and address, by the protocol and by what this system allows.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { NetError, usageError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { Nanos } from '../../../core/time.ts';
import type { Libc } from '../../../native/libc.ts';
import { openIcmpSocket } from '../../../native/probe/icmp-socket.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { ProbePayload } from '../../../path/ping/probe-payload.ts';
import { ConnectDriver, type ConnectPlan } from './connect-driver.ts';
import { DatagramDriver, type DatagramKind } from './datagram-driver.ts';
import type { PingDriver } from './ping-driver.ts';
import { PortableConnectDriver } from './portable-connect-driver.ts';

/** Payload of a probe as ping(8) sends it, in octets. */
export const USUAL_LENGTH = 56;
const NONCE_BYTES = 8;
/** First port of traceroute, where no host offers a service. */
const CLOSED_PORT = 33_434;

/** A driver, and what was done instead of what was asked. */
export interface OpenedLane {
  readonly driver: PingDriver;
  /** The protocol of the probes, which may be another than the one that was asked for. */
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly warnings: readonly string[];
  /** The test of a server of winze that returns the probes; `null` where it takes none. */
  readonly session: LaneSession | null;
}

/** The test of a server that a lane belongs to. */
export interface LaneSession {
  /** Time between two probes, as granted. */
  readonly gapNs: Nanos;
  /** Longest time that the server allows, with the warm-up; `null` for no limit. */
  readonly mostNs: Nanos | null;
  /** Why the server takes no more probes; `undefined` while it does. */
  readonly failure: NetError | undefined;
  /** Called when the server takes no more probes. */
  onLost: () => void;
  /** Ends the test at the server, whatever became of it. @param isAborted - whether it was cut short */
  readonly end: (isAborted: boolean) => Promise<void>;
  /** Leaves the server. */
  readonly close: () => void;
}

const NO_ICMP =
  'no ping socket and no raw socket may be opened here (sysctl net.ipv4.ping_group_range, or CAP_NET_RAW, would help): ' +
  `datagrams of UDP to port ${CLOSED_PORT} are sent instead, which the host answers by ICMP "port unreachable"`;

/**
 * Opens the driver of a request.
 *
 * @param libc - `null` for the portable engine
 * @param wake - ends the wait of the loop, for drivers that are not polled
 * @throws NetError `ERR_UNSUPPORTED` for what this system does not offer, `ERR_USAGE` for what does not fit together,
 *   `ERR_CONNECT` where no route leads to the address
 */
export function openLane(request: ProbeRequest, libc: Libc | null, timeoutNs: Nanos, wake: () => void): OpenedLane {
  const plain = { warnings: [], session: null };
  if (request.protocol === 'tcp') return { driver: connectDriver(request, libc, wake), protocol: 'tcp', ...plain };
  if (libc === null) {
    const what = request.protocol === 'icmp' ? 'probes by ICMP' : 'probes by UDP to a host without winze';
    throw new NetError('ERR_UNSUPPORTED', `${what} need the Linux engine (koffi); use -p tcp`);
  }
  if (request.protocol === 'udp') {
    return { driver: udpDriver(request, libc, timeoutNs), protocol: 'udp', ...plain };
  }
  const icmp = openIcmpSocket(libc, request.target.address, request.target.family);
  if (icmp === null) {
    const closed = { ...request, target: { ...request.target, port: CLOSED_PORT } };
    return { driver: udpDriver(closed, libc, timeoutNs), protocol: 'udp', warnings: [NO_ICMP], session: null };
  }
  return { driver: datagramDriver(request, libc, timeoutNs, { ...icmp, port: null }), protocol: 'icmp', ...plain };
}

function connectDriver(request: ProbeRequest, libc: Libc | null, wake: () => void): PingDriver {
  const { target, source, tos, client_port: clientPort } = request;
  if (target.port === null) throw usageError(`which port? Write it behind the host, as in -x ${target.name}:443`);
  const { address, family, port } = target;
  const plan: ConnectPlan = {
    address,
    family,
    port,
    localAddress: source.address,
    device: source.device,
    tos,
    clientPort,
    // Connections one after the other would use up the ports of this host.
    reset: request.test === 'connections',
  };
  if (libc !== null) return new ConnectDriver(libc, plan);
  if (source.device !== null || tos !== null) {
    throw new NetError('ERR_UNSUPPORTED', 'a device or --tos needs the Linux engine (koffi); --from takes an address');
  }
  return new PortableConnectDriver(plan, wake);
}

function udpDriver(request: ProbeRequest, libc: Libc, timeoutNs: Nanos): PingDriver {
  const socket = LinuxSocket.open(libc, 'udp', request.target.address);
  return datagramDriver(request, libc, timeoutNs, { socket, kind: 'udp', port: request.target.port ?? CLOSED_PORT });
}

function datagramDriver(
  request: ProbeRequest,
  libc: Libc,
  timeoutNs: Nanos,
  {
    socket,
    kind,
    port,
  }: {
    readonly socket: LinuxSocket;
    readonly kind: Exclude<DatagramKind, 'server'>;
    readonly port: number | null;
  },
): PingDriver {
  const { target, source, tos, client_port: clientPort } = request;
  try {
    const rest = { congestion_control: null, window_bytes: null, mss_bytes: null, no_delay: false };
    socket.apply('udp', { ...rest, dont_fragment: false, tos, device: source.device });
    const isBound = source.address !== null || (kind === 'udp' && clientPort !== null);
    if (isBound) {
      const any = target.family === 6 ? '::' : '0.0.0.0';
      socket.bind(source.address ?? any, kind === 'udp' ? (clientPort ?? 0) : 0);
    }
    const { address, family } = target;
    socket.connect(address, port ?? 0);
    const lengthBytes = request.length_bytes ?? USUAL_LENGTH;
    const payload = new ProbePayload(randomBytes(NONCE_BYTES), lengthBytes);
    const identifier = randomBytes(2).readUInt16BE();
    return new DatagramDriver(libc, {
      socket,
      kind,
      address,
      family,
      port,
      lengthBytes,
      timeoutNs,
      payload,
      identifier,
    });
  } catch (error) {
    socket.close();
    throw error;
  }
}
