/**
 * Listens to what comes from a peer's endpoint, and asks whether its port and its host are there.
 *
 * A packet socket sees the tunnel's own messages (packet(7)); it takes CAP_NET_RAW, and gets nothing where the tunnel's
 * socket is in another network namespace.
 *
 * @module
 */
import { connect } from 'node:net';
import { parseIp } from '../../core/address.ts';
import { NetError, systemCodeOf } from '../../core/errors.ts';
import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import { AF, IP, IPV6, MSG, SO, SOCK, SOL } from '../../native/constants.ts';
import { type Libc, loadLibc } from '../../native/libc.ts';
import type { Memory } from '../../native/memory/memory.ts';
import { LinuxSocket } from '../../native/socket.ts';
import type { EndpointLook, Heard } from '../../tunnel/fault/evidence.ts';
import { heardMessage } from '../../tunnel/fault/heard.ts';

const TURN_MS = 20;
/** Packets of a turn: on a busy host the rest of them is not looked at. */
const PACKETS_OF_A_TURN = 512;
/** Headers of IP and UDP with options, and the first octet behind them. */
const HEAD_BYTES = 128;
const BUFFER_BYTES = 4 * 1024 * 1024;
/** ETH_P_IP and ETH_P_IPV6 (linux/if_ether.h), in network order. */
const ETHERTYPE = { 4: 0x0008, 6: 0xdd86 } as const;

export class EndpointEar {
  readonly #endpoint: Endpoint;
  readonly #from: Uint8Array;
  readonly #libc: Libc | null;
  readonly #head: Memory | null;
  readonly #counts = { initiations: 0, responses: 0, cookies: 0, data: 0 };
  /** Of the packet socket; -1 without one. */
  readonly #fd: number;
  readonly #knock: LinuxSocket | null;
  #udpError: string | null = null;
  #isUp: boolean | null;
  readonly #timer: NodeJS.Timeout;
  readonly #caller: ReturnType<typeof connect> | null;

  /**
   * @param fwmark - of the tunnel's own packets: with it, they take another route than those of others
   * @param tcpPort - to ask the host at; `null`: it is known to be up
   */
  constructor(endpoint: Endpoint, fwmark: number, tcpPort: number | null) {
    this.#endpoint = endpoint;
    const ip = parseIp(endpoint.address);
    this.#from = ip?.octets ?? new Uint8Array(0);
    this.#libc = loadLibc();
    this.#head = this.#libc?.allocate(HEAD_BYTES) ?? null;
    this.#fd = this.#libc && ip ? openPackets(this.#libc, ip.family) : -1;
    this.#knock = this.#libc ? this.#openKnock(this.#libc, fwmark) : null;
    this.#isUp = tcpPort === null ? true : null;
    // Unmarked, a connection might go through the tunnel itself.
    this.#caller = tcpPort === null || fwmark !== 0 ? null : this.#call(tcpPort);
    this.#timer = setInterval(() => this.#turn(), TURN_MS);
  }

  /** `null` where this process may not listen. */
  get heard(): Heard | null {
    return this.#fd < 0 ? null : this.#counts;
  }

  /** A host that has not answered by now counts as one that does not. */
  get look(): EndpointLook {
    const isUp = this.#isUp ?? (this.#caller === null ? null : false);
    return { udpError: this.#udpError, isUp };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#caller?.destroy();
    this.#knock?.close();
    if (this.#fd >= 0) this.#libc?.close(this.#fd);
    if (this.#head) this.#libc?.free(this.#head);
  }

  #turn(): void {
    this.#listen();
    const error = this.#knock?.pendingError() ?? 0;
    if (error !== 0) this.#udpError ??= this.#libc?.errorName(error) ?? null;
  }

  #listen(): void {
    const [libc, head] = [this.#libc, this.#head];
    if (libc === null || head === null || this.#fd < 0) return;
    for (let i = 0; i < PACKETS_OF_A_TURN; i++) {
      const length = libc.recv(this.#fd, head.address, HEAD_BYTES, MSG.dontwait);
      if (length < 0) return;
      const message = heardMessage(head.bytes.subarray(0, length), this.#from, this.#endpoint.port);
      if (message !== null) this.#counts[message]++;
    }
  }

  /** A datagram that WireGuard ignores: ICMP tells whether anything has the port. */
  #openKnock(libc: Libc, fwmark: number): LinuxSocket | null {
    const { address, port } = this.#endpoint;
    let socket: LinuxSocket;
    try {
      socket = LinuxSocket.open(libc, 'udp', address);
    } catch (error) {
      // No more descriptors: the look goes on with what it has.
      if (error instanceof NetError) return null;
      throw error;
    }
    try {
      // What ICMP says of a host is kept from a socket that did not ask for it (udp(7), ip(7)).
      if (address.includes(':')) socket.trySetInt(SOL.ipv6, IPV6.recverr, 1);
      else socket.trySetInt(SOL.ip, IP.recverr, 1);
      if (fwmark !== 0) socket.setInt(SOL.socket, SO.mark, fwmark, 'mark');
      socket.connect(address, port);
    } catch {
      // No route, or no privilege for the mark: the name of the error tells which.
      const reason = libc.errno();
      if (reason !== 'EPERM') this.#udpError = reason;
      socket.close();
      return null;
    }
    libc.scratch.bytes[0] = 0;
    if (libc.send(socket.fd, libc.scratch.address, 1, MSG.nosignal) < 0) this.#udpError = libc.errno();
    return socket;
  }

  #call(port: number): ReturnType<typeof connect> {
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
