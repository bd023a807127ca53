/**
 * Does the pieces of jobs in a helper thread. It reads the description of a job after it has taken a piece of it, and
 * does not keep the key longer than the job.
 *
 * @module
 */
import { NS_PER_US } from '../../../../core/time.ts';
import type { PacketCipher } from '../../../../native/packet-cipher.ts';
import { monotonicNow } from '../../../monotonic.ts';
import type { DecryptJob, MessageDecrypter } from '../message-decrypter.ts';
import type { EncryptJob, PacketEncrypter } from '../packet-encrypter.ts';
import type { JobKind } from './job-board.ts';
import type { JobMemory } from './job-memory.ts';

/** Packets in a piece: some microseconds of work. */
export const PIECE_PACKETS = 4;
/** How long to spin for the next job before sleeping: waking up takes longer than the time between two jobs. */
const SPIN_TIME = 30 * NS_PER_US;

/** A helper's loop over jobs. */
export class JobRunner {
  readonly #memory: JobMemory;
  readonly #helper: number;
  readonly #cipher: PacketCipher;
  readonly #encrypter: PacketEncrypter;
  readonly #decrypter: MessageDecrypter;
  /** Serial number and packets of the job whose description was read. */
  #serial = 0;
  #packets = 0;

  constructor(
    memory: JobMemory,
    helper: number,
    cipher: PacketCipher,
    encrypter: PacketEncrypter,
    decrypter: MessageDecrypter,
  ) {
    this.#memory = memory;
    this.#helper = helper;
    this.#cipher = cipher;
    this.#encrypter = encrypter;
    this.#decrypter = decrypter;
  }

  /**
   * Does pieces of a job, or waits for one.
   *
   * @returns false when the helper should end
   */
  turn(): boolean {
    return this.#memory.board.turn(this.#helper, this.#piece, this.#done, this.#spin);
  }

  readonly #piece = (kind: JobKind, piece: number): void => {
    const { board, serial } = this.#memory;
    if (serial !== this.#serial) {
      this.#packets = kind === 'encrypt' ? this.#beginEncrypting() : this.#beginDecrypting();
      this.#serial = serial;
    }
    const last = Math.min(this.#packets, (piece + 1) * PIECE_PACKETS);
    for (let i = piece * PIECE_PACKETS; i < last; i++) {
      // A helper that was given up must not write: its packets are being done by another thread.
      if (board.isExpelled(this.#helper)) return;
      if (kind === 'encrypt') this.#encrypter.encrypt(i);
      else this.#decrypter.decrypt(i);
    }
  };

  readonly #done = (): void => this.#cipher.forget();

  readonly #spin = (claim: number): void => {
    const { board } = this.#memory;
    for (const until = monotonicNow() + SPIN_TIME; board.claim === claim && monotonicNow() < until; );
  };

  #beginEncrypting(): number {
    const { numbers, key } = this.#memory;
    const [packets = 0, at = 0, length = 0, mtu = 0, remoteIndex = 0, first = 0, out = 0, stride = 0] = numbers;
    const job: EncryptJob = { at, length, mtu, remoteIndex, first, out, stride };
    this.#encrypter.inspect(at, length);
    this.#encrypter.begin(key, job);
    return packets;
  }

  #beginDecrypting(): number {
    const { numbers, key } = this.#memory;
    const [packets = 0, at = 0, segment = 0, end = 0, out = 0, verdicts = 0] = numbers;
    const job: DecryptJob = { at, segment, end, out, verdicts };
    this.#decrypter.begin(key, job);
    return packets;
  }
}
