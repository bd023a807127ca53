/**
 * A server's UDP stream until its test starts. The datagram that tells the client that the stream is open may be lost,
 * and is sent again if the client asks again. The server's main UDP socket cannot do that, because the stream's own
 * socket receives the datagrams of this client from now on.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { MSG, POLL } from '../../native/constants.ts';
import { checkNothingReceived } from '../../native/udp/receive-errors.ts';
import {
  COOKIE_BYTES,
  DATAGRAM_TYPE,
  decodeStreamHandshake,
  encodeStreamHandshake,
  STREAM_HANDSHAKE_BYTES,
  StreamKey,
} from '../../wire/datagram.ts';
import { monotonicNow } from '../monotonic.ts';
import { type LinuxStream, type LinuxStreamDeps, NEVER } from './stream.ts';

/** Answers repeated handshake messages, and passes everything else to the stream. */
export class LinuxAnswer implements LinuxStream {
  readonly fd: number;
  readonly #deps: LinuxStreamDeps;
  readonly #stream: LinuxStream;
  readonly #key: StreamKey;
  #opening = true;

  constructor(deps: LinuxStreamDeps, stream: LinuxStream) {
    this.#deps = deps;
    this.#stream = stream;
    this.fd = stream.fd;
    this.#key = new StreamKey(deps.plan.token, deps.plan.stream);
  }

  interest(): number {
    return this.#opening ? POLL.in : this.#stream.interest();
  }

  wakeAt(): Instant {
    return this.#opening ? NEVER : this.#stream.wakeAt();
  }

  step(ready: number, now: Instant, until: Instant): void {
    for (let at = now; this.#opening && ready !== 0; at = monotonicNow()) if (at >= until || !this.#answer()) return;
    this.#stream.step(ready, now, until);
  }

  start(now: Instant): void {
    this.#opening = false;
    this.#stream.start(now);
  }

  stop(now: Instant, packets: number | null, aborted: boolean): void {
    this.#opening = false;
    this.#stream.stop(now, packets, aborted);
  }

  close(reset: boolean): void {
    this.#stream.close(reset);
  }

  /** Handles one handshake message, and leaves other datagrams to the stream. Returns false if there is none. */
  #answer(): boolean {
    const { thread, plan } = this.#deps;
    const { scratch, recv, send } = thread.libc;
    const length = recv(this.fd, scratch.address, STREAM_HANDSHAKE_BYTES, MSG.dontwait | MSG.peek);
    if (length < 0) {
      checkNothingReceived(thread.libc);
      return false;
    }
    if (!decodeStreamHandshake(scratch.bytes.subarray(0, length))) {
      // Data can arrive before the command that starts the test, which comes from another thread.
      this.#opening = false;
      return true;
    }
    recv(this.fd, scratch.address, STREAM_HANDSHAKE_BYTES, MSG.dontwait);
    if (this.#key.typeOf(scratch.view, 0, length) !== DATAGRAM_TYPE.prove) return true;
    const { stream, token } = plan;
    const cookie = new Uint8Array(COOKIE_BYTES);
    scratch.bytes.set(encodeStreamHandshake({ type: DATAGRAM_TYPE.ready, stream, token, cookie }));
    send(this.fd, scratch.address, STREAM_HANDSHAKE_BYTES, MSG.nosignal);
    return true;
  }
}
