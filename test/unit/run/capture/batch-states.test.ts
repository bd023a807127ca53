import { describe, expect, test } from 'vitest';
import { BatchStates } from '../../../../src/run/capture/batch-states.ts';
import type { SharedWords } from '../../../../src/run/shared-words.ts';
import { exploreOrders, type Model, type ModelCall, PartOfWords } from '../../../support/interleavings.ts';

/** Words of the model besides those of the board. */
const ENDED = 0;
const AT_WORK = 4;
const OPENED = 8;
const MESSAGES = 12;
const BOARD = 13;

interface Plan {
  readonly threads: number;
  readonly batches: number;
  /** Of the threads, that may end at any point. */
  readonly mayEnd?: number;
}

const boardOf = (words: SharedWords): BatchStates =>
  new BatchStates(new PartOfWords(words, BOARD, words.length - BOARD));

function check(isRight: boolean, what: string): void {
  if (!isRight) throw new Error(what);
}

/** Opens a batch: nobody else may be at it. */
function open(words: SharedWords, place: number): void {
  check(words.add(AT_WORK + place, 1) === 0, 'two are at one batch');
  words.add(OPENED + place, 1);
  words.add(AT_WORK + place, -1);
}

/** What `decrypt-threads.ts` does, its waiting for messages made waiting for a word, and what `decrypt-worker.ts` does. */
function modelOf({ threads, batches, mayEnd = 0 }: Plan): Model {
  const post: ModelCall = (words) => {
    const board = boardOf(words);
    board.oldest = 0;
    for (let place = 0; place < batches; place++) board.post(place);
    return undefined;
  };
  const takeBack = Array.from(
    { length: batches },
    (_, place): ModelCall =>
      (words) => {
        const board = boardOf(words);
        if (board.isDone(place)) return undefined;
        if (board.claimLocally(place)) {
          open(words, place);
          board.finish(place);
          return undefined;
        }
        board.isAwaited = true;
        const messages = words.load(MESSAGES);
        if (board.isClaimed(place)) words.wait(MESSAGES, messages);
        board.isAwaited = false;
        return 'again';
      },
  );
  const close: ModelCall = (words) => {
    boardOf(words).close();
    return undefined;
  };
  const worker =
    (id: number): ModelCall =>
    (words) => {
      const board = boardOf(words);
      const { posted } = board;
      if (board.isClosed) return undefined;
      const place = board.claim(id);
      if (place < 0) {
        board.waitForPost(posted);
        return 'again';
      }
      open(words, place);
      board.finish(place);
      if (board.isAwaited) {
        words.add(MESSAGES, 1);
        words.notify(MESSAGES);
      }
      return 'again';
    };
  /** What happens when a thread is no more: the message of its end comes whenever it comes. */
  const undertaker =
    (id: number): ModelCall =>
    (words) => {
      if (words.load(ENDED + 1 + id) === 0) {
        words.wait(ENDED + 1 + id, 0, 1);
        return 'again';
      }
      for (let place = 0; place < batches; place++) if (isHeld(words, place, id)) words.store(AT_WORK + place, 0);
      boardOf(words).release(id);
      words.add(MESSAGES, 1);
      words.notify(MESSAGES);
      return undefined;
    };
  const ids = [...Array(threads).keys()];
  return {
    memory: new Array<number>(BOARD + BatchStates.bytes(batches) / 4).fill(0),
    threads: [
      { calls: [post, ...takeBack, close] },
      ...ids.map((id) => ({ calls: [worker(id)], mayEnd: id < mayEnd })),
      ...ids.filter((id) => id < mayEnd).map((id) => ({ calls: [undertaker(id)] })),
    ],
    endedAt: ENDED,
    verdict: (memory, isDone) => {
      check(isDone[0] === true, 'whoever posts waits for ever');
      for (let id = mayEnd; id < threads; id++) check(isDone[1 + id] === true, 'a thread sleeps for ever');
      for (let place = 0; place < batches; place++) {
        const times = memory[OPENED + place] ?? 0;
        check(times === 1 || (mayEnd > 0 && times > 1), `batch ${place} was opened ${times} times`);
      }
    },
  };
}

/** Whether a thread that ended was at a batch: its state says so. */
function isHeld(words: SharedWords, place: number, id: number): boolean {
  const claimed = 3 + id;
  const states = words.length - BOARD - BatchStates.bytes(0) / 4;
  return words.load(words.length - states + place) === claimed;
}

describe('in every order in which threads run', () => {
  test.each<[string, Plan]>([
    ['one thread, two batches', { threads: 1, batches: 2 }],
    ['two threads, one batch', { threads: 2, batches: 1 }],
    ['a thread that ends at any point', { threads: 1, batches: 1, mayEnd: 1 }],
  ])('%s: each batch is decrypted by one thread at a time, and is returned', (_, plan) => {
    expect(exploreOrders(modelOf(plan))).toBeGreaterThan(50);
  });
});
