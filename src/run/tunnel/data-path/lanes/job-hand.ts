/**
 * The pieces of jobs as a helper does them: it reads what a job is about when it holds a piece of it, and keeps no key
 * longer than that.
 *
 * @module
 */
import { NS_PER_US } from '../../../../core/time.ts';
import type { PacketCipher } from '../../../../native/packet-cipher.ts';
import { monotonicNow } from '../../../monotonic.ts';
import type { Opening, OpenJob } from '../opening.ts';
import type { Sealing, SealJob } from '../sealing.ts';
import type { JobKind } from './job-board.ts';
import type { JobMemory } from './job-memory.ts';

/** Packets that are taken at a time: some microseconds of work. */
export const PIECE_PACKETS = 4;
/** How long to look for the next job before sleeping: waking up takes longer than the gap between two. */
const PATIENCE = 30 * NS_PER_US;

export class JobHand {
  readonly #memory: JobMemory;
  readonly #helper: number;
  readonly #cipher: PacketCipher;
  readonly #sealing: Sealing;
  readonly #opening: Opening;
  /** Of the job that was read. */
  #serial = 0;
  #packets = 0;

  constructor(memory: JobMemory, helper: number, cipher: PacketCipher, sealing: Sealing, opening: Opening) {
    this.#memory = memory;
    this.#helper = helper;
    this.#cipher = cipher;
    this.#sealing = sealing;
    this.#opening = opening;
  }

  /** Does what there is to do, or waits for it. @returns false when there will be no more */
  turn(): boolean {
    return this.#memory.board.turn(this.#helper, this.#piece, this.#done, this.#linger);
  }

  readonly #piece = (kind: JobKind, piece: number): void => {
    const { board, serial } = this.#memory;
    if (serial !== this.#serial) {
      this.#packets = kind === 'seal' ? this.#beginSealing() : this.#beginOpening();
      this.#serial = serial;
    }
    const last = Math.min(this.#packets, (piece + 1) * PIECE_PACKETS);
    for (let i = piece * PIECE_PACKETS; i < last; i++) {
      // Whoever was given up while it could not move must leave alone what others have now.
      if (board.isExpelled(this.#helper)) return;
      if (kind === 'seal') this.#sealing.seal(i);
      else this.#opening.open(i);
    }
  };

  readonly #done = (): void => this.#cipher.forget();

  readonly #linger = (claim: number): void => {
    const { board } = this.#memory;
    for (const until = monotonicNow() + PATIENCE; board.claim === claim && monotonicNow() < until; );
  };

  #beginSealing(): number {
    const { numbers, key } = this.#memory;
    const [packets = 0, at = 0, length = 0, mtu = 0, remoteIndex = 0, first = 0, out = 0, stride = 0] = numbers;
    const job: SealJob = { at, length, mtu, remoteIndex, first, out, stride };
    this.#sealing.inspect(at, length);
    this.#sealing.begin(key, job);
    return packets;
  }

  #beginOpening(): number {
    const { numbers, key } = this.#memory;
    const [packets = 0, at = 0, segment = 0, end = 0, out = 0, verdicts = 0] = numbers;
    const job: OpenJob = { at, segment, end, out, verdicts };
    this.#opening.begin(key, job);
    return packets;
  }
}
