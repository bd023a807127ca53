import { describe, expect, test } from 'vitest';
import { AtomicWords, type SharedWords } from '../../../../../../src/run/shared-words.ts';
import { JobBoard, type JobKind } from '../../../../../../src/run/tunnel/data-path/cipher-threads/job-board.ts';
import {
  exploreOrders,
  isPause,
  type Model,
  type ModelCall,
  type ModelThread,
  PartOfWords,
} from '../../../../../support/interleavings.ts';

/** Words of the model besides those of the board: what the job is about, and what became of it. */
const ABOUT = 0;
const KIND = 1;
/** Whether the memory that jobs are about was freed. */
const FREED = 2;
const ENDED = 3;
const DONE = 8;
const MOST_PIECES = 4;
const MOST_JOBS = 4;
const BOARD = DONE + MOST_PIECES * MOST_JOBS;
const doneAt = (job: number, piece: number): number => DONE + MOST_PIECES * (job - 1) + piece;
const KINDS = { encrypt: 1, decrypt: 2, close: 3 } as const;

interface Plan {
  readonly jobs: readonly (readonly [kind: JobKind, pieces: number])[];
  readonly helpers: number;
  /** Of helpers, that may end at any point. */
  readonly mayEnd?: number;
  /** Throws with the first piece that it has. */
  readonly throwing?: number;
  /** Whether helpers are ready from the beginning. */
  readonly areReady?: boolean;
}

const boardOf = (words: SharedWords, helpers: number): JobBoard =>
  new JobBoard(new PartOfWords(words, BOARD, JobBoard.words(helpers)), 0);

function check(isRight: boolean, what: string): void {
  if (!isRight) throw new Error(what);
}

function modelOf({ jobs, helpers, mayEnd = 0, throwing = -1, areReady = false }: Plan): Model {
  const isAlive = (words: SharedWords) => (helper: number) => words.load(ENDED + 1 + helper) === 0;
  const owner: ModelCall[] = jobs.map(([kind, pieces], index) => (words) => {
    const job = index + 1;
    const board = boardOf(words, helpers);
    words.store(ABOUT, job);
    words.store(KIND, KINDS[kind]);
    board.announce(kind, pieces);
    for (let piece = board.take(); piece >= 0; piece = board.take()) words.add(doneAt(job, piece), 1);
    const undone: number[] = [];
    board.settle(isAlive(words), (_, __, piece) => undone.push(piece));
    for (const piece of undone) if (piece >= 0) words.add(doneAt(job, piece), 1);
  });
  const close: ModelCall = (words) => {
    if (boardOf(words, helpers).close(isAlive(words))) words.store(FREED, 1);
  };
  const threads: ModelThread[] = [{ calls: [...owner, close] }];
  for (let helper = 0; helper < helpers; helper++) {
    threads.push({
      calls: helperCalls(helper, helpers, helper === throwing).slice(areReady ? 1 : 0),
      mayEnd: helper < mayEnd,
    });
  }
  const memory = new Array<number>(BOARD + JobBoard.words(helpers)).fill(0);
  if (areReady) makeReady(memory, helpers);
  return {
    memory,
    threads,
    endedAt: ENDED,
    sums: [DONE, BOARD],
    verdict: (memory, isDone) => {
      check(isDone[0] === true, 'the owner waits for ever');
      check(
        isDone.every((done, i) => done || i <= mayEnd),
        'a helper sleeps for ever',
      );
      check(memory[FREED] === 1, 'the memory is not freed');
      const again = mayEnd > 0 || throwing >= 0;
      for (const [index, [, pieces]] of jobs.entries()) {
        for (let piece = 0; piece < pieces; piece++) {
          const times = memory[doneAt(index + 1, piece)] ?? 0;
          check(times === 1 || (again && times > 1), `piece ${piece} of job ${index + 1} was done ${times} times`);
        }
      }
    },
  };
}

/** What `cipher-thread.ts` does. */
function helperCalls(helper: number, helpers: number, throws: boolean): ModelCall[] {
  const touch = (words: SharedWords): void => check(words.load(FREED) === 0, 'memory is touched that was freed');
  const enter: ModelCall = (words) => {
    const board = boardOf(words, helpers);
    if (!board.enter(helper)) return;
    touch(words);
    board.ready(helper);
  };
  const work: ModelCall = (words) => {
    const board = boardOf(words, helpers);
    const piece = (kind: JobKind, which: number): void => {
      const about = words.load(ABOUT);
      check(words.load(KIND) === KINDS[kind], 'a job is taken for one of another kind');
      touch(words);
      if (throws) throw new RangeError('a piece that fails');
      words.add(doneAt(about, which), 1);
      check(words.load(ABOUT) === about, 'the next job is described while a piece of this one is held');
    };
    try {
      const done = (): void => check(words.load(KIND) > 0, 'nothing is described');
      return board.turn(helper, piece, done, () => {}) ? 'again' : undefined;
    } catch (error) {
      if (isPause(error) || !(error instanceof RangeError)) throw error;
      board.fail(helper);
      return undefined;
    }
  };
  return [enter, work];
}

/** Lets all helpers have entered. */
function makeReady(memory: number[], helpers: number): void {
  const words = new AtomicWords(new Int32Array(JobBoard.words(helpers)));
  const board = new JobBoard(words);
  for (let helper = 0; helper < helpers; helper++) {
    board.enter(helper);
    board.ready(helper);
  }
  for (let at = 0; at < words.length; at++) memory[BOARD + at] = words.load(at);
}

describe('in every interleaving of the threads', () => {
  const three: Plan['jobs'] = [
    ['encrypt', 2],
    ['decrypt', 1],
    ['encrypt', 2],
  ];
  test.each<[string, Plan]>([
    ['one helper', { helpers: 1, jobs: three }],
    // Two jobs of two pieces have millions of orders.
    [
      'two helpers',
      {
        helpers: 2,
        jobs: [
          ['encrypt', 1],
          ['decrypt', 1],
        ],
        areReady: true,
      },
    ],
    ['a helper that ends at any point', { helpers: 1, mayEnd: 1, jobs: three.slice(0, 2) }],
    ['two helpers, of which one ends at any point', { helpers: 2, mayEnd: 1, jobs: [['decrypt', 1]], areReady: true }],
    ['a helper that throws', { helpers: 1, throwing: 0, jobs: three }],
  ])('%s: each piece is done with the right kind, and the owner goes on', (_, plan) => {
    const states = exploreOrders(modelOf(plan));
    expect(states).toBeGreaterThan(1000);
  });
});

/**
 * The board that this one took the place of: what a helper is to do stood beside what it took. It shows that the model
 * finds such a fault, and what there was to find.
 */
describe('a board that stores the kind of a job apart from its pieces', () => {
  const [TICKET, END, ACTIVE, OLD_KIND] = [BOARD, BOARD + 1, BOARD + 2, BOARD + 3];
  const PIECE_BITS = 12;
  const PIECES = (1 << PIECE_BITS) - 1;
  const work = (words: SharedWords, piece: (piece: number) => void): void => {
    words.add(ACTIVE, 1);
    for (;;) {
      const ticket = words.add(TICKET, 1);
      const end = words.load(END);
      if (ticket >>> PIECE_BITS !== end >>> PIECE_BITS || (ticket & PIECES) >= (end & PIECES)) break;
      piece(ticket & PIECES);
    }
    words.add(ACTIVE, -1);
  };
  const job =
    (index: number): ModelCall =>
    (words) => {
      const kind = 1 + (index % 2);
      words.store(ABOUT, index);
      words.store(KIND, kind);
      const number = ((words.load(END) >>> PIECE_BITS) + 1) << PIECE_BITS;
      words.store(OLD_KIND, kind);
      words.store(END, number | 1);
      words.store(TICKET, number);
      work(words, () => {});
      // As long as one looks, no other order is of interest.
      for (let active = words.load(ACTIVE); active !== 0; active = words.load(ACTIVE)) words.wait(ACTIVE, active, 1);
      return undefined;
    };
  const helper: ModelCall = (words) => {
    if (words.load(END) === 0) words.wait(END, 0, 1);
    const kind = words.load(OLD_KIND);
    work(words, () => check(words.load(KIND) === kind, 'a job is taken for one of another kind'));
    return undefined;
  };

  test('confuses the kinds of two jobs, which is detected', () => {
    const model: Model = {
      memory: new Array<number>(BOARD + 4).fill(0),
      threads: [{ calls: [job(1), job(2)] }, { calls: [helper, helper] }],
      verdict: () => {},
    };
    expect(() => exploreOrders(model)).toThrow(/a job is taken for one of another kind after the turns/);
  });
});

/** Words of which one access is kept waiting until something else has happened. */
class Interrupted extends PartOfWords {
  readonly #before: (at: number, expected: number) => void;

  constructor(words: SharedWords, before: (at: number, expected: number) => void) {
    super(words, 0, words.length);
    this.#before = before;
  }

  override compareExchange(at: number, expected: number, value: number): number {
    this.#before(at, expected);
    return super.compareExchange(at, expected, value);
  }
}

test('a helper that sleeps until the number of the job wraps takes a piece of the present job', () => {
  const words = new AtomicWords(new Int32Array(JobBoard.words(1)));
  const owner = new JobBoard(words, 0);
  let about = 0;
  let jobs = 0;
  const isAlive = (): boolean => true;
  const announce = (kind: JobKind): void => {
    about++;
    owner.announce(kind, 3);
  };
  announce('encrypt');
  const helper = new JobBoard(
    new Interrupted(words, (_, expected) => {
      if (jobs > 0) return;
      for (; jobs === 0 || words.load(0) !== expected; jobs++) {
        owner.withdraw();
        // It has what it is about to take in its name: it is waited for only if that is of this very job.
        if (jobs > 0) owner.settle(isAlive, () => expect.unreachable());
        announce('encrypt');
      }
    }),
  );
  const done: number[] = [];
  expect(
    helper.turn(
      0,
      (kind, piece) => done.push(piece, about, kind === 'encrypt' ? 1 : 2),
      () => {},
      () => {},
    ),
  ).toBe(true);
  expect(jobs).toBe(2 ** 18);
  expect(done).toEqual([2, jobs + 1, 1, 1, jobs + 1, 1, 0, jobs + 1, 1]);
});

describe('a helper', () => {
  const isAlive = (): boolean => true;

  test('that makes no progress is given up after 10 s, reported once, and detects that it was expelled', () => {
    const array = new Int32Array(JobBoard.words(2));
    let sleptMs = 0;
    class Clock extends PartOfWords {
      override wait(_: number, __: number, milliseconds = Infinity): void {
        sleptMs += milliseconds;
      }
    }
    const atomics = new AtomicWords(array);
    const owner = new JobBoard(new Clock(atomics, 0, array.length));
    const stuck = new JobBoard(atomics);
    for (const helper of [0, 1]) stuck.enter(helper);
    for (const helper of [0, 1]) stuck.ready(helper);
    owner.announce('decrypt', 5);
    const lost: unknown[] = [];
    const dropped = (...what: readonly unknown[]): void => void lost.push(what);
    stuck.turn(
      1,
      (_, piece) => {
        if (piece < 4) return;
        owner.withdraw();
        owner.settle(isAlive, dropped);
        expect(stuck.isExpelled(1)).toBe(true);
      },
      () => {},
      () => {},
    );
    expect(lost).toEqual([[1, 'stopped', 4]]);
    expect(sleptMs).toBeGreaterThan(9000);
    expect(sleptMs).toBeLessThan(11_000);
    expect(
      stuck.turn(
        1,
        () => expect.unreachable(),
        () => {},
        () => {},
      ),
    ).toBe(false);
    owner.announce('encrypt', 1);
    owner.withdraw();
    owner.settle(isAlive, dropped);
    expect(lost).toHaveLength(1);
    // It may yet look at what jobs were about.
    expect(owner.close(isAlive)).toBe(false);
  });

  test('that has not started does not enter a closed board', () => {
    const words = new AtomicWords(new Int32Array(JobBoard.words(1)));
    expect(new JobBoard(words).close(isAlive)).toBe(true);
    expect(new JobBoard(words).enter(0)).toBe(false);
  });
});

test('announce() refuses more pieces than fit', () => {
  const board = new JobBoard(new AtomicWords(new Int32Array(JobBoard.words(1))));
  expect(() => board.announce('encrypt', 4096)).toThrow(RangeError);
});
