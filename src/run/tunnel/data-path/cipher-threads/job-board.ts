/**
 * Distributes one job at a time over several threads. A job is divided into pieces, and each thread takes pieces for
 * itself. A thread that wakes up late finds none left, so that nobody waits for it.
 *
 * ```text
 * CLAIM       number of the job << 14 | kind << 12 | pieces that are not taken
 * HELD + i    of helper i: the CLAIM from which it takes or took a piece; IDLE; AT_ITS_OWN
 * LIFE + i    of helper i: NEW, WORKING, FAILED (set by the helper), EXPELLED (set by the owner)
 * ```
 *
 * A piece is taken with one compare-and-exchange of CLAIM, which contains the kind of the job and the piece. The rest
 * of the job's description is read after that. It cannot change by then: a helper writes HELD before it takes a piece,
 * and the owner describes the next job only when no helper has this one in HELD. This is true for a helper that was
 * suspended at any point for any time, and also when the number of the job has wrapped: the exchange succeeds only if
 * CLAIM is equal to HELD.
 *
 * The owner waits only for helpers that hold a piece, and only while they are alive. The piece of a helper that has
 * ended is done again. `test/unit/run/tunnel/data-path/cipher-threads/job-board.test.ts` goes through all interleavings of the threads.
 *
 * @module
 */
import type { SharedWords } from '../../../shared-words.ts';

/** What to do with packets: `encrypt` or `decrypt` them; `close` ends the helpers. */
export type JobKind = 'encrypt' | 'decrypt' | 'close';

/** Words in a cache line of 64 octets: each helper writes to a line of its own. */
const LINE = 16;
const CLAIM = 0;
const HELD = LINE;
const LIFE = LINE + 1;

const LEFT_BITS = 12;
const MOST_PIECES = (1 << LEFT_BITS) - 1;
const KIND_MASK = 3 << LEFT_BITS;
const JOB_SHIFT = LEFT_BITS + 2;
const KINDS = { encrypt: 1 << LEFT_BITS, decrypt: 2 << LEFT_BITS, close: 3 << LEFT_BITS } as const;
/** Values of HELD that have no kind, and so belong to no job. */
const IDLE = 0;
const AT_ITS_OWN = 1 << JOB_SHIFT;
const NEW = 0;
const WORKING = 1;
const FAILED = 2;
const EXPELLED = 3;

/**
 * Number of checks before the owner begins to sleep between them, about 20 µs: a piece is some microseconds of work.
 */
const SPINS = 2000;
const FIRST_SLEEP_MS = 0.1;
const LONGEST_SLEEP_MS = 10;
/**
 * Number of sleeps, about 10 s, after which a helper is given up that is alive and holds a piece. Only a debugger stops
 * a single thread for so long. Sleeps are counted instead of measuring time, because the host may be suspended in the
 * meantime.
 */
const MOST_SLEEPS = 1000;

/** Why a helper is excluded: it reported a failure, its thread has ended, or it makes no progress. */
export type HelperFailure = 'failed' | 'gone' | 'stopped';

/** The shared words, with the operations of the owner and of the helpers. */
export class JobBoard {
  readonly #words: SharedWords;
  readonly #spins: number;
  /** Helpers that the owner still waits for. */
  readonly #helpers: Set<number>;

  #isCertain = true;

  /** Number of words for a board with so many helpers. */
  static words(helpers: number): number {
    return LINE * (1 + helpers);
  }

  /** @param words - all zero for a new board */
  constructor(words: SharedWords, spins = SPINS) {
    this.#words = words;
    this.#spins = spins;
    this.#helpers = new Set(Array(words.length / LINE - 1).keys());
  }

  /**
   * Owner: announces a job whose description was written. The previous job must be settled.
   *
   * @throws RangeError for more pieces than fit
   */
  announce(kind: JobKind, pieces: number): void {
    if (pieces > MOST_PIECES) throw new RangeError(`a job of ${pieces} pieces; at most ${MOST_PIECES} fit`);
    const job = (this.#words.load(CLAIM) >> JOB_SHIFT) + 1;
    this.#words.store(CLAIM, (job << JOB_SHIFT) | KINDS[kind] | pieces);
    this.#words.notify(CLAIM);
  }

  /**
   * Owner: takes a piece.
   *
   * @returns its number, -1 if there is none
   */
  take(): number {
    for (;;) {
      const claim = this.#words.load(CLAIM);
      const left = claim & MOST_PIECES;
      if (left === 0) return -1;
      if (this.#words.compareExchange(CLAIM, claim, claim - 1) === claim) return left - 1;
    }
  }

  /** Owner: takes all remaining pieces, so that nobody does them. */
  withdraw(): void {
    while (this.take() >= 0);
  }

  /**
   * Owner: waits until no helper holds a piece of the job. No piece may be left to take. A helper that failed, has
   * ended or makes no progress is excluded from then on.
   *
   * @param lost - called for each excluded helper, with the piece that it may have held; -1 for none
   */
  settle(
    isAlive: (helper: number) => boolean,
    lost: (helper: number, failure: HelperFailure, piece: number) => void,
  ): void {
    const claim = this.#words.load(CLAIM);
    for (const helper of this.#helpers) {
      const failure = this.#await(helper, claim, isAlive);
      if (failure === null) continue;
      const held = this.#words.load(HELD + LINE * helper);
      lost(helper, failure, isSameJob(held, claim) ? (held & MOST_PIECES) - 1 : -1);
    }
  }

  /**
   * Owner: tells all helpers to end, and waits until none of them can access the memory of jobs.
   *
   * @returns whether that is certain: false if a helper makes no progress
   */
  close(isAlive: (helper: number) => boolean): boolean {
    this.announce('close', 0);
    for (const helper of this.#helpers) {
      const isNew = this.#words.compareExchange(LIFE + LINE * helper, NEW, EXPELLED) === NEW;
      if (!isNew) this.#await(helper, AT_ITS_OWN, isAlive);
    }
    return this.#isCertain;
  }

  /**
   * Helper: asks for access to the memory of jobs.
   *
   * @returns false if the board was closed, and the memory must not be used
   */
  enter(helper: number): boolean {
    this.#words.store(HELD + LINE * helper, AT_ITS_OWN);
    if (this.#words.compareExchange(LIFE + LINE * helper, NEW, WORKING) === NEW) return true;
    this.#words.store(HELD + LINE * helper, IDLE);
    return false;
  }

  /** Helper: is ready for jobs. */
  ready(helper: number): void {
    this.#words.store(HELD + LINE * helper, IDLE);
  }

  /** Helper: reports a failure. HELD keeps its piece for the owner. */
  fail(helper: number): void {
    this.#words.store(LIFE + LINE * helper, FAILED);
  }

  /** Helper: whether the owner has given it up, so that it must not write results. */
  isExpelled(helper: number): boolean {
    return this.#words.load(LIFE + LINE * helper) === EXPELLED;
  }

  /**
   * Helper: takes pieces while there are any, or sleeps until there may be. Called in a loop.
   *
   * @param done - called after the last piece, while the owner is still waiting
   * @param spin - called with the present CLAIM before sleeping; it may wait for a change
   * @returns false when the helper should end
   */
  turn(
    helper: number,
    piece: (kind: JobKind, piece: number) => void,
    done: () => void,
    spin: (claim: number) => void,
  ): boolean {
    const claim = this.#words.load(CLAIM);
    if ((claim & KIND_MASK) === KINDS.close || this.isExpelled(helper)) return false;
    if ((claim & MOST_PIECES) !== 0) {
      this.#help(helper, claim, piece, done);
      return true;
    }
    spin(claim);
    this.#words.wait(CLAIM, claim);
    return true;
  }

  /** The present CLAIM: it differs for each job, and for each number of pieces left. */
  get claim(): number {
    return this.#words.load(CLAIM);
  }

  #help(helper: number, first: number, piece: (kind: JobKind, piece: number) => void, done: () => void): void {
    let hasWorked = false;
    for (let claim = first; (claim & MOST_PIECES) !== 0 && !this.isExpelled(helper); claim = this.#words.load(CLAIM)) {
      this.#words.store(HELD + LINE * helper, claim);
      if (this.#words.compareExchange(CLAIM, claim, claim - 1) !== claim) continue;
      hasWorked = true;
      piece(kindOf(claim), (claim & MOST_PIECES) - 1);
    }
    if (hasWorked) done();
    this.#words.store(HELD + LINE * helper, IDLE);
  }

  /**
   * Waits until HELD of a helper is not this job any more.
   *
   * @returns why the helper is excluded; `null` if it is not
   */
  #await(helper: number, claim: number, isAlive: (helper: number) => boolean): HelperFailure | null {
    const at = HELD + LINE * helper;
    for (let looks = 0; ; looks++) {
      const held = this.#words.load(at);
      if (this.#words.load(LIFE + LINE * helper) === FAILED) return this.#leaveOut(helper, 'failed');
      if (!isSameJob(held, claim)) return null;
      const sleeps = looks - this.#spins;
      if (sleeps < 0) continue;
      if (!isAlive(helper)) return this.#leaveOut(helper, 'gone');
      if (sleeps === MOST_SLEEPS) return this.#leaveOut(helper, 'stopped');
      this.#words.wait(at, held, Math.min(LONGEST_SLEEP_MS, FIRST_SLEEP_MS * 2 ** Math.min(sleeps, 10)));
    }
  }

  #leaveOut(helper: number, failure: HelperFailure): HelperFailure {
    this.#helpers.delete(helper);
    if (failure !== 'stopped') return failure;
    this.#isCertain = false;
    this.#words.store(LIFE + LINE * helper, EXPELLED);
    return failure;
  }
}

function kindOf(claim: number): JobKind {
  const kind = claim & KIND_MASK;
  if (kind === KINDS.encrypt) return 'encrypt';
  return kind === KINDS.decrypt ? 'decrypt' : 'close';
}

function isSameJob(held: number, claim: number): boolean {
  return ((held ^ claim) & ~MOST_PIECES) === 0;
}
