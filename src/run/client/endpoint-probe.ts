/**
 * Observes packets from a peer's endpoint, and probes whether its host is up and its port open.
 *
 * A packet socket sees the messages of the tunnel itself (packet(7)). It needs CAP_NET_RAW, and sees nothing if the
 * tunnel's socket is in another network namespace.
 *
 * @module
 */
import { connect } from 'node:net';
import { parseIp } from '../../core/address.ts';
import { NetError, systemCodeOf } from '../../core/errors.ts';
import type { DeviceStatus, Endpoint } from '../../core/shapes/tunnel-config.ts';
import { AF, IP, IPV6, MSG, SO, SOCK, SOL } from '../../native/constants.ts';
import { type Libc, loadLibc } from '../../native/libc.ts';
import type { Memory } from '../../native/memory/memory.ts';
import { LinuxSocket } from '../../native/socket.ts';
import type { EndpointProbeResult, ReceivedMessages } from '../../tunnel/fault/evidence.ts';
import { type MessagePorts, receivedMessageKind } from '../../tunnel/fault/received-message.ts';

const TURN_MS = 20;
/** Most packets read in a turn: on a busy host the rest is not examined. */
const PACKETS_PER_TURN = 512;
/** Enough for the headers of IP and UDP with options, and the first octet of the payload. */
const HEAD_BYTES = 128;
const BUFFER_BYTES = 4 * 1024 * 1024;
/** ETH_P_IP and ETH_P_IPV6 (linux/if_ether.h), in network order. */
const ETHERTYPE = { 4: 0x0008, 6: 0xdd86 } as const;

/** Counts messages received from the endpoint and probes it, from construction to `close`. */
export class EndpointProbe {
  readonly #endpoint: Endpoint;
  readonly #from: Uint8Array;
  readonly #ports: MessagePorts;
  readonly #libc: Libc | null;
  readonly #head: Memory | null;
  readonly #counts = { initiations: 0, responses: 0, cookies: 0, data: 0 };
  /** Descriptor of the packet socket; -1 without one. */
  readonly #fd: number;
  readonly #datagramProbe: LinuxSocket | null;
  #udpError: string | null = null;
  #isUp: boolean | null;
  readonly #timer: NodeJS.Timeout;
  readonly #connection: ReturnType<typeof connect> | null;

  /**
   * @param device - `listenPort`: messages to other ports do not reach it. `fwmark`: of its own packets, which policy
   * routing may send over another route
   * @param tcpPort - for a connection attempt that shows whether the host is up; `null` if that is known
   */
  constructor(
    endpoint: Endpoint,
    { listenPort, fwmark }: Pick<DeviceStatus, 'listenPort' | 'fwmark'>,
    tcpPort: number | null,
  ) {
    this.#endpoint = endpoint;
    this.#ports = { from: endpoint.port, to: listenPort === 0 ? null : listenPort };
    const ip = parseIp(endpoint.address);
    this.#from = ip?.octets ?? new Uint8Array(0);
    this.#libc = loadLibc();
    this.#head = this.#libc?.allocate(HEAD_BYTES) ?? null;
    this.#fd = this.#libc && ip ? openPackets(this.#libc, ip.family) : -1;
    this.#datagramProbe = this.#libc ? this.#sendDatagramProbe(this.#libc, fwmark) : null;
    this.#isUp = tcpPort === null ? true : null;
    // Without the mark, a connection might go through the tunnel itself.
    this.#connection = tcpPort === null || fwmark !== 0 ? null : this.#tryToConnect(tcpPort);
    this.#timer = setInterval(() => this.#turn(), TURN_MS);
  }

  /** Messages received by type; `null` where this process may not open a packet socket. */
  get heard(): ReceivedMessages | null {
    return this.#fd < 0 ? null : this.#counts;
  }

  /** Results of the probes. A host that has not answered yet counts as down. */
  get look(): EndpointProbeResult {
    const isUp = this.#isUp ?? (this.#connection === null ? null : false);
    return { udpError: this.#udpError, isUp };
  }

  /** Ends the probes and frees their sockets and memory. */
  close(): void {
    clearInterval(this.#timer);
    this.#connection?.destroy();
    this.#datagramProbe?.close();
    if (this.#fd >= 0) this.#libc?.close(this.#fd);
    if (this.#head) this.#libc?.free(this.#head);
  }

  #turn(): void {
    this.#readPackets();
    const error = this.#datagramProbe?.pendingError() ?? 0;
    if (error !== 0) this.#udpError ??= this.#libc?.errorName(error) ?? null;
  }

  #readPackets(): void {
    const [libc, head] = [this.#libc, this.#head];
    if (libc === null || head === null || this.#fd < 0) return;
    for (let i = 0; i < PACKETS_PER_TURN; i++) {
      const length = libc.recv(this.#fd, head.address, HEAD_BYTES, MSG.dontwait);
      if (length < 0) return;
      const message = receivedMessageKind(head.bytes.subarray(0, length), this.#from, this.#ports);
      if (message !== null) this.#counts[message]++;
    }
  }

  /** Sends a datagram that WireGuard ignores: an ICMP error shows that no program has the port. */
  #sendDatagramProbe(libc: Libc, fwmark: number): LinuxSocket | null {
    const { address, port } = this.#endpoint;
    let socket: LinuxSocket;
    try {
      socket = LinuxSocket.open(libc, 'udp', address);
    } catch (error) {
      // No descriptor is left: the diagnosis continues without this probe.
      if (error instanceof NetError) return null;
      throw error;
    }
    try {
      // Without this option the kernel does not report some ICMP errors to a socket (udp(7), ip(7)).
      if (address.includes(':')) socket.trySetInt(SOL.ipv6, IPV6.recverr, 1);
      else socket.trySetInt(SOL.ip, IP.recverr, 1);
      if (fwmark !== 0) socket.setInt(SOL.socket, SO.mark, fwmark, 'mark');
      socket.connect(address, port);
    } catch {
      // No route, or no privilege to set the mark.
      const reason = libc.errno();
      if (reason !== 'EPERM') this.#udpError = reason;
      socket.close();
      return null;
    }
    libc.scratch.bytes[0] = 0;
    if (libc.send(socket.fd, libc.scratch.address, 1, MSG.nosignal) < 0) this.#udpError = libc.errno();
    return socket;
  }

  #tryToConnect(port: number): ReturnType<typeof connect> {
    const socket = connect({ host: this.#endpoint.address, port });
    socket.once('connect', () => {
      this.#isUp = true;
      socket.destroy();
    });
    socket.once('error', (error) => {
      this.#isUp = systemCodeOf(error) === 'ECONNREFUSED';
    });
    return socket;
  }
}

function openPackets(libc: Libc, family: 4 | 6): number {
  const fd = libc.socket(AF.packet, SOCK.dgram | SOCK.nonblock | SOCK.cloexec, ETHERTYPE[family]);
  if (fd < 0) return -1;
  libc.scratch.view.setInt32(0, BUFFER_BYTES, true);
  libc.setsockopt(fd, SOL.socket, SO.rcvbufforce, libc.scratch.address, 4);
  return fd;
}
