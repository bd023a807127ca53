import { describe, expect, test } from 'vitest';
import type { SharedWords } from '../../../../../src/run/shared-words.ts';
import { JobBoard, type JobKind } from '../../../../../src/run/tunnel/data-path/job-board.ts';
import {
  exploreOrders,
  isPause,
  type Model,
  type ModelCall,
  type ModelThread,
  PartOfWords,
} from '../../../../support/interleavings.ts';

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
const KINDS = { seal: 1, open: 2, close: 3 } as const;

interface Plan {
  readonly jobs: readonly (readonly [kind: JobKind, pieces: number])[];
  readonly helpers: number;
  /** Of helpers, that may end at any point. */
  readonly mayEnd?: number;
  /** Throws with the first piece that it has. */
  readonly throwing?: number;
  readonly board?: (words: SharedWords) => JobBoard;
}

const boardOf = (words: SharedWords, helpers: number): JobBoard =>
  new JobBoard(new PartOfWords(words, BOARD, JobBoard.words(helpers)), 0);

function check(isRight: boolean, what: string): void {
  if (!isRight) throw new Error(what);
}

function modelOf({ jobs, helpers, mayEnd = 0, throwing = -1 }: Plan): Model {
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
    threads.push({ calls: helperCalls(helper, helpers, helper === throwing), mayEnd: helper < mayEnd });
  }
  return {
    memory: new Array<number>(BOARD + JobBoard.words(helpers)).fill(0),
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

/** What `lane-thread.ts` does. */
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

describe('in every order in which threads get their turns', () => {
  test.each<[string, Plan]>([
    [
      'one helper, jobs of both kinds',
      {
        helpers: 1,
        jobs: [
          ['seal', 2],
          ['open', 1],
          ['seal', 2],
        ],
      },
    ],
    ['two helpers', { helpers: 2, jobs: [['seal', 2]] }],
    [
      'a helper that ends at any point',
      {
        helpers: 1,
        mayEnd: 1,
        jobs: [
          ['seal', 2],
          ['open', 2],
        ],
      },
    ],
    ['two helpers, of which one ends at any point', { helpers: 2, mayEnd: 1, jobs: [['open', 2]] }],
    [
      'a helper that throws',
      {
        helpers: 2,
        throwing: 0,
        jobs: [
          ['seal', 2],
          ['open', 1],
        ],
      },
    ],
  ])('%s: each piece is done as what it is, and the owner goes on', (_, plan) => {
    const t = performance.now();
    const states = exploreOrders(modelOf(plan));
    console.log(_, states, performance.now() - t);
    expect(states).toBeGreaterThan(100);
  });
});
