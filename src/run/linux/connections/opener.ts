/**
 * Opens one connection of a test of connections with as few system calls as possible: socket, options, connect, send.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import { CONNECTION_MARK } from '../../../measure/connections/accept-count.ts';
import { AF, MSG, SO, SOCK, SOL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import type { Memory } from '../../../native/memory/memory.ts';
import { writeSockaddr } from '../../../native/sockaddr.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { DATA_PREAMBLE_BYTES, encodeDataPreamble } from '../../../wire/preamble.ts';
import type { SocketPlan, StreamPlan } from '../../streams/stream-plan.ts';

const LINGER_BYTES = 8;
const SOCKADDR_AT = 64;
const PREAMBLE_AT = 128;
const MEMORY_BYTES = 256;

/** Result of an attempt: the descriptor, or -1 and the name of the error. */
export interface Opened {
  fd: number;
  error: string;
}

/** Prepares what all connections of one test have in common. */
export class Opener {
  readonly #libc: Libc;
  readonly #plan: StreamPlan;
  readonly #socket: Extract<SocketPlan, { how: 'connect' }>;
  readonly #family: number;
  readonly #memory: Memory;
  readonly #addressBytes: number;
  readonly #hasOptions: boolean;

  /** @throws NetError `ERR_UNSUPPORTED` with the option that this system refuses */
  constructor(libc: Libc, plan: StreamPlan, socket: Extract<SocketPlan, { how: 'connect' }>) {
    this.#libc = libc;
    this.#plan = plan;
    this.#socket = socket;
    const { spec, token } = plan;
    this.#family = parseIp(socket.address)?.family === 6 ? AF.inet6 : AF.inet;
    this.#memory = libc.allocate(MEMORY_BYTES);
    const { address, bytes, view } = this.#memory;
    // struct linger: on, 0 s (socket(7)): close() resets, and no port waits in TIME_WAIT.
    view.setInt32(0, 1, true);
    this.#addressBytes = writeSockaddr(
      libc,
      { address: address + SOCKADDR_AT, bytes: bytes.subarray(SOCKADDR_AT), view: viewAt(view, SOCKADDR_AT) },
      socket.address,
      socket.port,
    );
    for (const mark of [CONNECTION_MARK.counted, CONNECTION_MARK.warmup]) {
      bytes.set(encodeDataPreamble(token, mark), PREAMBLE_AT + mark * DATA_PREAMBLE_BYTES);
    }
    const { tos, congestion_control, window_bytes, mss_bytes } = spec;
    this.#hasOptions = [tos, congestion_control, window_bytes, mss_bytes, socket.device, socket.localAddress].some(
      (one) => one !== null,
    );
    if (this.#hasOptions) this.#tryOptions();
  }

  /** Begins to connect. */
  begin(into: Opened): void {
    const { socket, connect, setsockopt } = this.#libc;
    const fd = socket(this.#family, SOCK.stream | SOCK.nonblock | SOCK.cloexec, 0);
    into.fd = fd;
    if (fd < 0) return this.#fail(into);
    if (setsockopt(fd, SOL.socket, SO.linger, this.#memory.address, LINGER_BYTES) < 0) return this.#fail(into);
    if (this.#hasOptions && !this.#apply(fd)) return this.#fail(into);
    if (connect(fd, this.#memory.address + SOCKADDR_AT, this.#addressBytes) === 0) return;
    if (this.#libc.errno() !== 'EINPROGRESS') this.#fail(into);
  }

  /**
   * Sends the token of the test: 1 if it was sent, so that the connection stands, 0 if it is still being connected, -1 if
   * it failed, with the reason in `errno()`.
   */
  sendToken(fd: number, mark: number): number {
    const at = this.#memory.address + PREAMBLE_AT + mark * DATA_PREAMBLE_BYTES;
    if (this.#libc.send(fd, at, DATA_PREAMBLE_BYTES, MSG.nosignal | MSG.dontwait) === DATA_PREAMBLE_BYTES) return 1;
    return this.#libc.wouldBlock() ? 0 : -1;
  }

  /** The error of a connection that failed; 0 for none. */
  errorOf(fd: number): number {
    return LinuxSocket.view(this.#libc, fd, this.#family).pendingError();
  }

  free(): void {
    this.#libc.free(this.#memory);
  }

  #fail(into: Opened): void {
    into.error = this.#libc.errno();
    if (into.fd >= 0) this.#libc.close(into.fd);
    into.fd = -1;
  }

  /** Options were tried when the test was opened: if one fails now, no port or address is left. */
  #apply(fd: number): boolean {
    try {
      this.#setOptions(LinuxSocket.view(this.#libc, fd, this.#family));
      return true;
    } catch {
      return false;
    }
  }

  #setOptions(socket: LinuxSocket): void {
    const { device, localAddress } = this.#socket;
    socket.apply('tcp', { ...this.#plan.spec, device });
    // Without IP_BIND_ADDRESS_NO_PORT, bind() would reserve a port for each, whatever the destination (ip(7)).
    if (localAddress === null) return;
    socket.trySetInt(SOL.ip, BIND_ADDRESS_NO_PORT, 1);
    socket.bind(localAddress, 0);
  }

  #tryOptions(): void {
    const socket = LinuxSocket.open(this.#libc, 'tcp', this.#socket.address);
    try {
      this.#setOptions(socket);
    } finally {
      socket.close();
    }
  }
}

/** `IP_BIND_ADDRESS_NO_PORT` (linux/in.h), for IPv6 sockets too. */
const BIND_ADDRESS_NO_PORT = 24;

function viewAt(view: DataView, offset: number): DataView {
  return new DataView(view.buffer, view.byteOffset + offset);
}
