/**
 * A connected socket for padded probes on Linux: DF is set, the kernel's path MTU is ignored (IP_PMTUDISC_PROBE), and
 * what ICMP reports is in the error queue. It needs no privilege.
 *
 * @see ip(7), IP_MTU_DISCOVER; ipv6(7), IPV6_MTU_DISCOVER
 * @module
 */
import { fillPayload } from '../../../measure/payload.ts';
import { IP, IPV6, MSG, PMTUDISC, SOL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import type { Memory } from '../../../native/memory/memory.ts';
import { type ProbeError, ProbeErrors } from '../../../native/probe/probe-errors.ts';
import type { LinuxSocket } from '../../../native/socket.ts';
import { CONTROL_KIND, findControl } from '../../../native/udp/control-messages.ts';
import type { SendResult } from './mtu-port.ts';

/** Room for the largest payload of an IP packet. */
const BUFFER_BYTES = 65_536;
const MMSGHDR_BYTES = 64;
const IOVEC = MMSGHDR_BYTES;
const CONTROL = IOVEC + 16;
const CONTROL_BYTES = 128;
/** Attempts to send: each reports at most one earlier error of the socket instead. */
const ATTEMPTS = 4;

/** Sends padded probes over a socket, and reads what comes back. The socket is closed with it. */
export class ProbeSocket {
  readonly fd: number;
  /** The probe to send; what is not written is padding. */
  readonly out: Memory;
  /** The message that `receive` read. */
  readonly in: Memory;
  readonly #libc: Libc;
  readonly #socket: LinuxSocket;
  readonly #family: 4 | 6;
  readonly #errors: ProbeErrors;
  readonly #header: Memory;
  readonly #reported: ProbeError[] = [];
  #ttl: number | null = null;

  constructor(libc: Libc, socket: LinuxSocket, family: 4 | 6) {
    this.#libc = libc;
    this.#socket = socket;
    this.#family = family;
    this.fd = socket.fd;
    this.out = libc.allocate(BUFFER_BYTES);
    this.in = libc.allocate(BUFFER_BYTES);
    fillPayload(this.out.view, 0, BUFFER_BYTES, 1);
    this.#header = libc.allocate(CONTROL + CONTROL_BYTES);
    this.#errors = new ProbeErrors(libc);
    socket.setFragmentation(PMTUDISC.probe);
    if (family === 6) {
      socket.setInt(SOL.ipv6, IPV6.recverr, 1, 'IPV6_RECVERR');
      socket.trySetInt(SOL.ipv6, IPV6.recvfragsize, 1);
    } else {
      socket.setInt(SOL.ip, IP.recverr, 1, 'IP_RECVERR');
      socket.trySetInt(SOL.ip, IP.recvfragsize, 1);
    }
  }

  /** Path MTU that the kernel holds; `null` where it holds none. */
  pathMtu(): number | null {
    return this.#socket.pathMtu();
  }

  /** Sends the first `length` octets of `out`. */
  send(length: number, ttl: number | null): SendResult {
    this.#setTtl(ttl);
    let reason = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const sent = this.#libc.send(this.fd, this.out.address, length, MSG.nosignal | MSG.dontwait);
      if (sent >= 0) return { tag: 'sent' };
      reason = this.#libc.errno();
      const most = this.#drain();
      if (reason === 'EMSGSIZE' && most !== null) return { tag: 'too-large', most };
    }
    return reason === 'EMSGSIZE' ? { tag: 'too-large', most: null } : { tag: 'failed', reason };
  }

  /** Reads the next message into `in`. @returns its length; -1 if there is none now */
  receive(): number {
    const length = this.#read();
    if (length >= 0 || this.#libc.wouldBlock()) return length;
    // An error that ICMP reported comes instead of a message, once.
    return this.#read();
  }

  /** Largest fragment in which the last message arrived, IP header included; 0 if it arrived whole. */
  get fragmentBytes(): number {
    const { view } = this.#header;
    const end = CONTROL + Math.min(CONTROL_BYTES, view.getUint32(40, true));
    const v4 = findControl(view, CONTROL, end, CONTROL_KIND.fragment);
    const at = v4 < 0 ? findControl(view, CONTROL, end, CONTROL_KIND.fragment6) : v4;
    return at < 0 ? 0 : Math.max(0, view.getInt32(at, true));
  }

  /** What ICMP reported since the last call. */
  errors(): readonly ProbeError[] {
    this.#drain();
    return this.#reported.splice(0);
  }

  close(): void {
    this.#errors.free();
    this.#libc.free(this.#header);
    this.#libc.free(this.out);
    this.#libc.free(this.in);
    this.#socket.close();
  }

  /** Keeps what ICMP reported. @returns what the device takes, if the kernel itself refused a probe for its size */
  #drain(): number | null {
    let most: number | null = null;
    this.#errors.drain(this.fd, (error) => {
      if (error.isIcmp) this.#reported.push({ ...error, quote: error.quote.slice() });
      else if (error.reason === 'EMSGSIZE') most = error.info;
    });
    return most;
  }

  #read(): number {
    const { address, bytes, view } = this.#header;
    bytes.fill(0);
    view.setBigUint64(16, BigInt(address + IOVEC), true);
    view.setUint32(24, 1, true);
    view.setBigUint64(32, BigInt(address + CONTROL), true);
    view.setUint32(40, CONTROL_BYTES, true);
    view.setBigUint64(IOVEC, BigInt(this.in.address), true);
    view.setUint32(IOVEC + 8, BUFFER_BYTES, true);
    const messages = this.#libc.recvmmsg(this.fd, address, 1, MSG.dontwait, 0);
    return messages <= 0 ? -1 : view.getUint32(56, true);
  }

  #setTtl(ttl: number | null): void {
    if (ttl === this.#ttl) return;
    this.#ttl = ttl;
    // -1 is that of the system.
    if (this.#family === 6) this.#socket.setInt(SOL.ipv6, IPV6.unicastHops, ttl ?? -1, 'IPV6_UNICAST_HOPS');
    else this.#socket.setInt(SOL.ip, IP.ttl, ttl ?? -1, 'IP_TTL');
  }
}
