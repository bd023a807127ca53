/**
 * The server's answers to probes of the path MTU, in the stream of a latency test.
 *
 * From the first such probe on, answers leave with DF and no larger than the device, whatever ICMP reported
 * (IP_PMTUDISC_PROBE). What ICMP reports of them goes back in the next answer: nothing is sent unasked.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { Instant } from '../../core/time.ts';
import { fillPayload } from '../../measure/payload.ts';
import { IP, IPV6, MSG, PMTUDISC, SOL } from '../../native/constants.ts';
import type { Memory } from '../../native/memory/memory.ts';
import { ProbeErrors } from '../../native/probe/probe-errors.ts';
import { MtuAnswerer } from '../../path/mtu/mtu-answerer.ts';
import { grantedRate } from '../../session/limits.ts';
import { StreamKey } from '../../wire/datagram.ts';
import {
  hopOctets,
  MTU_PROBE_BYTES,
  readPaddedProbe,
  type ServerHint,
  type WrittenMtuAnswer,
  writeMtuAnswer,
} from '../../wire/probe/mtu-probe.ts';
import type { LinuxStreamDeps } from './stream.ts';

/** Answers the probes of one stream. */
export class LinuxMtuAnswers {
  readonly #deps: LinuxStreamDeps;
  readonly #key: StreamKey;
  readonly #answerer: MtuAnswerer;
  readonly #answer: Memory;
  #errors: ProbeErrors | undefined;
  /** Probes that were answered. */
  answered = 0;
  #hint: ServerHint | null = null;
  /** Largest packet that this system sends; `null` while it refused none. */
  #most: number | null = null;

  /** @param answer - room for the longest answer, of this stream alone: what is in it is sent */
  constructor(deps: LinuxStreamDeps, answer: Memory) {
    const { token, stream, spec } = deps.plan;
    this.#deps = deps;
    this.#key = new StreamKey(token, stream);
    this.#answerer = new MtuAnswerer({ mostBytes: spec.length_bytes, rateBps: grantedRate(spec) ?? 0 });
    this.#answer = answer;
    // Before the first probe. One of the two, by the family of the socket.
    deps.socket.trySetInt(SOL.ip, IP.recvfragsize, 1);
    deps.socket.trySetInt(SOL.ipv6, IPV6.recvfragsize, 1);
  }

  /**
   * Answers the `length` octets at `at`.
   *
   * @param fragmentBytes - the largest fragment in which they arrived; 0 if they arrived whole
   * @returns false if they are no probe of the path MTU of this stream
   */
  answer(view: DataView, at: number, length: number, fragmentBytes: number, now: Instant): boolean {
    const probe = readPaddedProbe(this.#key, view, at, length);
    if (probe === undefined || this.#answer.bytes.length < MTU_PROBE_BYTES) return false;
    this.#errors ??= this.#begin();
    this.#readErrors(this.#errors);
    const wanted = this.#answerer.answerTo(probe, length, now);
    if (wanted === 0) return true;
    this.answered++;
    this.#answer.bytes.set(new Uint8Array(view.buffer, view.byteOffset + at, MTU_PROBE_BYTES));
    const answer = { receivedBytes: length, fragmentBytes, refusedAt: null };
    if (this.#send(answer, wanted)) return true;
    this.#readErrors(this.#errors);
    this.#send({ ...answer, refusedAt: this.#most }, MTU_PROBE_BYTES);
    return true;
  }

  close(): void {
    this.#errors?.free();
  }

  #begin(): ProbeErrors {
    const { socket, thread } = this.#deps;
    fillPayload(this.#answer.view, 0, this.#answer.bytes.length, 1);
    socket.setFragmentation(PMTUDISC.probe);
    // One of the two, by the family of the socket.
    socket.trySetInt(SOL.ip, IP.recverr, 1);
    socket.trySetInt(SOL.ipv6, IPV6.recverr, 1);
    return new ProbeErrors(thread.libc);
  }

  /** @returns false if the answer is too large for this system */
  #send(answer: Omit<WrittenMtuAnswer, 'hint'>, length: number): boolean {
    const { libc } = this.#deps.thread;
    writeMtuAnswer(this.#answer.view, { ...answer, hint: this.#hint });
    const sent = libc.send(this.#deps.socket.fd, this.#answer.address, length, MSG.nosignal | MSG.dontwait);
    return sent >= 0 || libc.errno() !== 'EMSGSIZE';
  }

  #readErrors(errors: ProbeErrors): void {
    errors.drain(this.#deps.socket.fd, ({ isIcmp, reason, info, offender }) => {
      if (reason !== 'EMSGSIZE') return;
      if (!isIcmp) this.#most = info;
      else if (offender !== null && info > 0) {
        const octets = parseIp(offender)?.octets;
        if (octets) this.#hint = { mtu: info, hop: hopOctets(octets) };
      }
    });
  }
}
