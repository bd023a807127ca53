/**
 * A non-blocking Linux socket with the options of a test.
 *
 * @module
 */
import { parseIp } from '../core/address.ts';
import { NetError } from '../core/errors.ts';
import { AF, F, IP, IPV6, O_NONBLOCK, PMTUDISC, SHUT_WRITE, SO, SOCK, SOL, TCP } from './constants.ts';
import type { Libc } from './libc.ts';
import type { Memory } from './memory/memory.ts';
import { readSockaddr, SOCKADDR_BYTES, writeSockaddr } from './sockaddr.ts';

/** Options of one test socket; `null` leaves the system's default. */
export interface SocketOptions {
  readonly tos: number | null;
  readonly congestion_control: string | null;
  readonly window_bytes: number | null;
  readonly mss_bytes: number | null;
  readonly no_delay: boolean;
  readonly dont_fragment: boolean;
  readonly device: string | null;
}

/** What EMFILE and ENFILE mean (getrlimit(2), RLIMIT_NOFILE; /proc/sys/fs/file-max). */
const NO_DESCRIPTORS: Readonly<Record<string, string>> = {
  EMFILE: 'this process may have no more descriptors (ulimit -n)',
  ENFILE: 'this host has no more descriptors (sysctl fs.file-max)',
};

/** Why a socket cannot have an address or a device. */
const NOT_HERE: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'it is not an address of this host, see ip addr',
  EADDRINUSE: 'another program has this port',
  ENODEV: 'there is no such device, see ip link',
};

/** A TCP or UDP socket. Methods throw a NetError with the reason of the system; the caller closes the socket. */
export class LinuxSocket {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #scratch: Memory;
  readonly #family: number;

  private constructor(libc: Libc, fd: number, family: number) {
    this.#libc = libc;
    this.fd = fd;
    this.#family = family;
    this.#scratch = libc.scratch;
  }

  /**
   * Opens a non-blocking socket of the family of `address`.
   *
   * @throws NetError `ERR_UNSUPPORTED`
   */
  static open(libc: Libc, type: 'tcp' | 'udp', address: string): LinuxSocket {
    const family = parseIp(address)?.family === 6 ? AF.inet6 : AF.inet;
    const kind = (type === 'tcp' ? SOCK.stream : SOCK.dgram) | SOCK.nonblock | SOCK.cloexec;
    const fd = libc.socket(family, kind, 0);
    if (fd < 0) {
      const reason = libc.errno();
      const why = NO_DESCRIPTORS[reason];
      throw new NetError(
        'ERR_UNSUPPORTED',
        `cannot open a ${type} socket: ${reason}${why === undefined ? '' : `: ${why}`}`,
      );
    }
    return new LinuxSocket(libc, fd, family);
  }

  /** Takes over a connected descriptor, for example one that another thread accepted. */
  static adopt(libc: Libc, fd: number, address: string): LinuxSocket {
    libc.fcntl(fd, F.setfl, libc.fcntl(fd, F.getfl, 0) | O_NONBLOCK);
    const family = address.includes(':') ? AF.inet6 : AF.inet;
    return new LinuxSocket(libc, fd, family);
  }

  /** A socket that somebody else opened and closes, of this address family (AF). */
  static view(libc: Libc, fd: number, family: number): LinuxSocket {
    return new LinuxSocket(libc, fd, family);
  }

  bind(address: string, port: number): void {
    const length = writeSockaddr(this.#libc, this.#scratch, address, port);
    this.#check(
      this.#libc.bind(this.fd, this.#scratch.address, length),
      `bind to ${address} port ${port}`,
      'ERR_USAGE',
    );
  }

  /**
   * Begins to connect. Returns true if the socket is connected already (always for UDP), false while it is in progress.
   *
   * @throws NetError `ERR_CONNECT`
   */
  connect(address: string, port: number): boolean {
    const { state, reason } = this.tryConnect(address, port);
    if (state === 'failed') throw new NetError('ERR_CONNECT', `cannot connect to ${address} port ${port}: ${reason}`);
    return state === 'connected';
  }

  /** Begins to connect, for a caller that counts failures. `reason` is the name of the error if it failed, else empty. */
  tryConnect(
    address: string,
    port: number,
  ): { readonly state: 'connected' | 'pending' | 'failed'; readonly reason: string } {
    const length = writeSockaddr(this.#libc, this.#scratch, address, port);
    if (this.#libc.connect(this.fd, this.#scratch.address, length) === 0) return { state: 'connected', reason: '' };
    const reason = this.#libc.errno();
    return reason === 'EINPROGRESS' ? { state: 'pending', reason: '' } : { state: 'failed', reason };
  }

  /** Result of a connect() in progress, once the socket is writable: the number of the error, 0 for success. */
  pendingError(): number {
    return this.#getInt(SOL.socket, SO.error) ?? 0;
  }

  /** The local address and port that the socket is bound to. */
  local(): { readonly address: string; readonly port: number } {
    const { address, view } = this.#scratch;
    view.setUint32(SOCKADDR_BYTES, SOCKADDR_BYTES, true);
    this.#check(this.#libc.getsockname(this.fd, address, address + SOCKADDR_BYTES), 'getsockname', 'ERR_UNSUPPORTED');
    return readSockaddr(this.#libc, this.#scratch);
  }

  /**
   * Applies the options of a test.
   *
   * @throws NetError `ERR_UNSUPPORTED` with the option that this system refuses
   */
  apply(type: 'tcp' | 'udp', options: SocketOptions): void {
    if (options.device !== null) {
      this.setText(SOL.socket, SO.bindtodevice, options.device, `use device ${options.device}`);
    }
    if (options.window_bytes !== null) {
      this.setInt(SOL.socket, SO.sndbuf, options.window_bytes, '--window');
      this.setInt(SOL.socket, SO.rcvbuf, options.window_bytes, '--window');
    }
    if (options.tos !== null) {
      if (this.#family === AF.inet6) this.setInt(SOL.ipv6, IPV6.tclass, options.tos, '--tos');
      else this.setInt(SOL.ip, IP.tos, options.tos, '--tos');
    }
    if (options.dont_fragment) this.setFragmentation(PMTUDISC.do);
    if (type === 'udp') return;
    if (options.no_delay) this.setInt(SOL.tcp, TCP.nodelay, 1, '--no-delay');
    if (options.mss_bytes !== null) this.setInt(SOL.tcp, TCP.maxseg, options.mss_bytes, '--mss');
    if (options.congestion_control !== null) {
      this.#setCongestionControl(options.congestion_control);
    }
  }

  /** Sets whether datagrams may be fragmented; `mode` is one of PMTUDISC. */
  setFragmentation(mode: number): void {
    if (this.#family === AF.inet6) this.setInt(SOL.ipv6, IPV6.mtuDiscover, mode, '--dont-fragment');
    else this.setInt(SOL.ip, IP.mtuDiscover, mode, '--dont-fragment');
  }

  /**
   * Sets an integer option.
   *
   * @param name - of the option, for the message
   * @throws NetError `ERR_UNSUPPORTED`
   */
  setInt(level: number, option: number, value: number, name: string): void {
    if (!this.trySetInt(level, option, value)) {
      throw new NetError('ERR_UNSUPPORTED', `${name}: this system refused the value ${value} (${this.#libc.errno()})`);
    }
  }

  /** Sets an integer option. Returns false if the system refuses it; the reason is in `errno()`. */
  trySetInt(level: number, option: number, value: number): boolean {
    this.#scratch.view.setInt32(0, value, true);
    return this.#libc.setsockopt(this.fd, level, option, this.#scratch.address, 4) === 0;
  }

  /**
   * Sets an option whose value is text.
   *
   * @param action - what the option does, for the message `cannot …`
   * @throws NetError `ERR_UNSUPPORTED`
   */
  setText(level: number, option: number, value: string, action: string): void {
    this.#check(this.#trySetText(level, option, value) ? 0 : -1, action, 'ERR_UNSUPPORTED');
  }

  /** Name of the congestion control in use; `null` where the system does not say. */
  congestionControl(): string | null {
    const { address, bytes, view } = this.#scratch;
    view.setUint32(64, 32, true);
    if (this.#libc.getsockopt(this.fd, SOL.tcp, TCP.congestion, address, address + 64) !== 0) return null;
    const name = new TextDecoder()
      .decode(bytes.subarray(0, Math.min(32, view.getUint32(64, true))))
      .replace(/\0.*$/s, '');
    return name === '' ? null : name;
  }

  /** Path MTU that the kernel holds for a connected socket, in bytes; `null` where it has none. */
  pathMtu(): number | null {
    return this.#family === AF.inet6 ? this.#getInt(SOL.ipv6, IPV6.mtu) : this.#getInt(SOL.ip, IP.mtu);
  }

  /**
   * The largest datagram that is not fragmented: the path MTU, and the payload without the headers of IP and UDP, in
   * bytes.
   */
  largestDatagram(): { readonly mtu: number; readonly payload: number } | null {
    const mtu = this.pathMtu();
    return mtu === null ? null : { mtu, payload: mtu - (this.#family === AF.inet6 ? 48 : 28) };
  }

  /**
   * Reads TCP_INFO into the scratch page and returns the part that the kernel filled; `null` where there is none. The
   * next call overwrites it.
   */
  tcpInfo(): DataView | null {
    const { address, bytes, view } = this.#scratch;
    view.setUint32(256, 256, true);
    if (this.#libc.getsockopt(this.fd, SOL.tcp, TCP.info, address, address + 256) !== 0) return null;
    return new DataView(bytes.buffer, bytes.byteOffset, Math.min(256, view.getUint32(256, true)));
  }

  /** Index of the device that this socket is bound to; 0 for none. */
  boundDevice(): number {
    return this.#getInt(SOL.socket, SO.bindtoifindex) ?? 0;
  }

  /** Shuts down the sending direction: the peer reads to the end of the stream. */
  finish(): void {
    this.#libc.shutdown(this.fd, SHUT_WRITE);
  }

  close(): void {
    this.#libc.close(this.fd);
  }

  /** Closes with a reset (RST): data that was not acknowledged is dropped, and not retransmitted for minutes. */
  reset(): void {
    // struct linger: on, 0 s (socket(7)).
    this.#scratch.view.setInt32(0, 1, true);
    this.#scratch.view.setInt32(4, 0, true);
    this.#libc.setsockopt(this.fd, SOL.socket, SO.linger, this.#scratch.address, 8);
    this.close();
  }

  #trySetText(level: number, option: number, value: string): boolean {
    const text = new TextEncoder().encode(value).subarray(0, 64);
    this.#scratch.bytes.set(text);
    return this.#libc.setsockopt(this.fd, level, option, this.#scratch.address, text.length) === 0;
  }

  #setCongestionControl(name: string): void {
    if (this.#trySetText(SOL.tcp, TCP.congestion, name)) return;
    const reason = this.#libc.errno();
    // EPERM: the module is loaded, but without CAP_NET_ADMIN only those in the list are allowed
    // (tcp_set_congestion_control()).
    const advice: Record<string, string> = {
      ENOENT: `there is none of that name here; load it (modprobe tcp_${name})`,
      EPERM: 'it takes root, or to be in net.ipv4.tcp_allowed_congestion_control',
    };
    const why = advice[reason] === undefined ? reason : `${reason}: ${advice[reason]}`;
    throw new NetError('ERR_UNSUPPORTED', `cannot use congestion control ${name}: ${why}`);
  }

  /** Reads an integer option; `null` where the system has none, or returns fewer than 4 octets. */
  #getInt(level: number, option: number): number | null {
    const { address, view } = this.#scratch;
    view.setUint32(4, 4, true);
    if (this.#libc.getsockopt(this.fd, level, option, address, address + 4) !== 0) return null;
    return view.getUint32(4, true) < 4 ? null : view.getInt32(0, true);
  }

  #check(result: number, action: string, code: 'ERR_USAGE' | 'ERR_UNSUPPORTED'): void {
    if (result >= 0) return;
    const reason = this.#libc.errno();
    const why = NOT_HERE[reason];
    throw new NetError(code, `cannot ${action}: ${reason}${why === undefined ? '' : `: ${why}`}`);
  }
}
