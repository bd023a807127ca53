/**
 * One job at a time, cut into pieces that several threads take for themselves. Who comes late finds nothing left, so
 * nobody waits for a thread that sleeps.
 *
 * ```text
 * CLAIM       number of the job << 14 | what to do << 12 | pieces that nobody has
 * HELD + i    of helper i: the CLAIM that it is about to take a piece from, or took one from; IDLE; AT_ITS_OWN
 * LIFE + i    of helper i: NEW, WORKING, FAILED (it says so), EXPELLED (the owner says so)
 * ```
 *
 * What is taken is known by the operation that takes it: one compare-and-exchange of CLAIM, which has the kind of the
 * job and the piece in it. What else there is to know of a job is read after that. It cannot change then: a helper
 * writes HELD before it takes a piece, and the owner describes the next job only when no helper has this one in HELD.
 * That holds whatever a helper believed before, however long it was away, and also when the number of the job has come
 * round: the exchange succeeds only if CLAIM is what HELD says.
 *
 * The owner waits for those alone that hold a piece, and for each only while it lives: what a helper held that is no
 * more is done again. `test/unit/run/tunnel/job-board.test.ts` goes through all orders in which threads get their turns.
 *
 * @module
 */
import type { SharedWords } from '../../../shared-words.ts';

export type JobKind = 'seal' | 'open' | 'close';

/** Words as far apart as processors exchange them: what each helper writes is in a line of its own. */
const LINE = 16;
const CLAIM = 0;
const HELD = LINE;
const LIFE = LINE + 1;

const LEFT_BITS = 12;
const MOST_PIECES = (1 << LEFT_BITS) - 1;
const KIND_MASK = 3 << LEFT_BITS;
const JOB_SHIFT = LEFT_BITS + 2;
const KINDS = { seal: 1 << LEFT_BITS, open: 2 << LEFT_BITS, close: 3 << LEFT_BITS } as const;
/** In HELD, of no kind and so of no job. */
const IDLE = 0;
const AT_ITS_OWN = 1 << JOB_SHIFT;
const NEW = 0;
const WORKING = 1;
const FAILED = 2;
const EXPELLED = 3;

/** Looks before the owner sleeps between two of them, some 20 µs: a piece is some microseconds of work. */
const SPINS = 2000;
const FIRST_SLEEP_MS = 0.1;
const LONGEST_SLEEP_MS = 10;
/**
 * Sleeps after which a helper is given up that lives and holds a piece: 10 s. Only a debugger stops one thread for so
 * long. They are counted and not timed, since the host may be suspended meanwhile.
 */
const MOST_SLEEPS = 1000;

/** Why a helper is left out: it said that it failed; its thread is no more; it does not move. */
export type Failure = 'failed' | 'gone' | 'stopped';

export class JobBoard {
  readonly #words: SharedWords;
  readonly #spins: number;
  /** Helpers that the owner reckons with. */
  readonly #helpers: Set<number>;

  #isCertain = true;

  /** Words that a board with so many helpers needs. */
  static words(helpers: number): number {
    return LINE * (1 + helpers);
  }

  /** @param words - all zero for a new board */
  constructor(words: SharedWords, spins = SPINS) {
    this.#words = words;
    this.#spins = spins;
    this.#helpers = new Set(Array(words.length / LINE - 1).keys());
  }

  /** Announces a job that is described. The one before must be settled. Of the owner, like all down to `settle`. */
  announce(kind: JobKind, pieces: number): void {
    if (pieces > MOST_PIECES) throw new RangeError(`a job of ${pieces} pieces; at most ${MOST_PIECES} fit`);
    const job = (this.#words.load(CLAIM) >> JOB_SHIFT) + 1;
    this.#words.store(CLAIM, (job << JOB_SHIFT) | KINDS[kind] | pieces);
    this.#words.notify(CLAIM);
  }

  /** Takes a piece for the owner. @returns -1 if there is none */
  take(): number {
    for (;;) {
      const claim = this.#words.load(CLAIM);
      const left = claim & MOST_PIECES;
      if (left === 0) return -1;
      if (this.#words.compareExchange(CLAIM, claim, claim - 1) === claim) return left - 1;
    }
  }

  /** Takes what nobody has taken: it is not to be done. */
  withdraw(): void {
    while (this.take() >= 0);
  }

  /**
   * Waits until no helper has a piece of the job, of which none may be left to take. A helper that failed, is gone or
   * does not move is left out from then on.
   *
   * @param lost - told of each of these, and of the piece that it may have had; -1 for none
   */
  settle(isAlive: (helper: number) => boolean, lost: (helper: number, failure: Failure, piece: number) => void): void {
    const claim = this.#words.load(CLAIM);
    for (const helper of this.#helpers) {
      const failure = this.#await(helper, claim, isAlive);
      if (failure === null) continue;
      const held = this.#words.load(HELD + LINE * helper);
      lost(helper, failure, isSameJob(held, claim) ? (held & MOST_PIECES) - 1 : -1);
    }
  }

  /**
   * Tells all helpers to end, and waits until none of them can touch what jobs are about.
   *
   * @returns whether that is certain: not where one does not move
   */
  close(isAlive: (helper: number) => boolean): boolean {
    this.announce('close', 0);
    for (const helper of this.#helpers) {
      const isNew = this.#words.compareExchange(LIFE + LINE * helper, NEW, EXPELLED) === NEW;
      if (!isNew) this.#await(helper, AT_ITS_OWN, isAlive);
    }
    return this.#isCertain;
  }

  /** Of a helper, like all from here on: it may touch what jobs are about. @returns false if it must not any more */
  enter(helper: number): boolean {
    this.#words.store(HELD + LINE * helper, AT_ITS_OWN);
    if (this.#words.compareExchange(LIFE + LINE * helper, NEW, WORKING) === NEW) return true;
    this.#words.store(HELD + LINE * helper, IDLE);
    return false;
  }

  /** It is ready for jobs. */
  ready(helper: number): void {
    this.#words.store(HELD + LINE * helper, IDLE);
  }

  /** It can do nothing more. What it holds stays in its name, for the owner to find. */
  fail(helper: number): void {
    this.#words.store(LIFE + LINE * helper, FAILED);
  }

  isExpelled(helper: number): boolean {
    return this.#words.load(LIFE + LINE * helper) === EXPELLED;
  }

  /**
   * Takes pieces while there are any; where there is none, sleeps until there may be. To be called again and again.
   *
   * @param done - called after the last piece, while the owner still waits
   * @param linger - called before it sleeps while CLAIM is this
   * @returns false when the helper is to end
   */
  turn(
    helper: number,
    piece: (kind: JobKind, piece: number) => void,
    done: () => void,
    linger: (claim: number) => void,
  ): boolean {
    const claim = this.#words.load(CLAIM);
    if ((claim & KIND_MASK) === KINDS.close || this.isExpelled(helper)) return false;
    if ((claim & MOST_PIECES) !== 0) {
      this.#help(helper, claim, piece, done);
      return true;
    }
    linger(claim);
    this.#words.wait(CLAIM, claim);
    return true;
  }

  /** Differs from job to job, and with the pieces that are left. */
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

  /** Waits until a helper has something else in HELD than this job. @returns why it is left out, if it is */
  #await(helper: number, claim: number, isAlive: (helper: number) => boolean): Failure | null {
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

  #leaveOut(helper: number, failure: Failure): Failure {
    this.#helpers.delete(helper);
    if (failure !== 'stopped') return failure;
    this.#isCertain = false;
    this.#words.store(LIFE + LINE * helper, EXPELLED);
    return failure;
  }
}

function kindOf(claim: number): JobKind {
  const kind = claim & KIND_MASK;
  if (kind === KINDS.seal) return 'seal';
  return kind === KINDS.open ? 'open' : 'close';
}

function isSameJob(held: number, claim: number): boolean {
  return ((held ^ claim) & ~MOST_PIECES) === 0;
}
