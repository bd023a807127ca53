/**
 * Every order in which threads may get their turns, for code that shares words of memory (`SharedWords`).
 *
 * The code under test is the real one, and runs on one thread. A thread of the model is a list of calls. To let it make
 * one access more, its call is run again from its beginning with the answers that it got so far, up to the access that
 * has no answer yet: there a mark is thrown. So what a thread knows is what it was told, and two states are the same if
 * memory and answers are: each is looked at once. A call must depend on nothing else, and end in a bounded number of
 * accesses.
 *
 * Not modelled: orders that differ from one sequence of all accesses. `Atomics` has none; plain accesses of the real
 * code are made accesses of the model by whoever describes its calls.
 */
import type { SharedWords } from '../../src/run/shared-words.ts';

/** What happens to a thread: it makes its next access, or it is no more. */
export type Turn = { readonly thread: number; readonly ends: boolean };

/** Gets the words, and keeps nothing from one time to the next. One that says `again` is called again. */
export type ModelCall = (words: SharedWords) => 'again' | undefined;

export interface ModelThread {
  /** Run one after the other. */
  readonly calls: readonly ModelCall[];
  /** Whether the thread may end at any point, as one that is out of memory does. */
  readonly mayEnd?: boolean;
}

export interface Model {
  /** What is in memory at first. */
  readonly memory: readonly number[];
  readonly threads: readonly ModelThread[];
  /** Words that are only added to, so that it is all one when. */
  readonly sums?: readonly [from: number, to: number];
  /** A word of memory for each thread becomes 1 when it ends, all calls done or not. */
  readonly endedAt?: number;
  /** @throws if something is wrong at the very end, when no thread can go on */
  readonly verdict: (memory: readonly number[], isDone: readonly boolean[]) => void;
}

interface ThreadState {
  readonly call: number;
  readonly answers: readonly number[];
  readonly isOver: boolean;
  /** Whether it sleeps at this address until a `notify`. */
  readonly sleepsAt: number;
  /** How often its time was over in this call. */
  readonly timeouts: number;
  /** What it does next; `null` before that is known, and at its end. */
  readonly next: Access | null;
}

const FIRST: ThreadState = { call: 0, answers: [], isOver: false, sleepsAt: -1, timeouts: 0, next: null };

interface State {
  readonly memory: readonly number[];
  readonly threads: readonly ThreadState[];
}

type Access =
  | { readonly tag: 'load'; readonly at: number }
  | { readonly tag: 'store' | 'add'; readonly at: number; readonly value: number }
  | { readonly tag: 'exchange'; readonly at: number; readonly expected: number; readonly value: number }
  | { readonly tag: 'wait'; readonly at: number; readonly value: number; readonly isTimed: boolean }
  | { readonly tag: 'notify'; readonly at: number; readonly threads: number };

/** Thrown in place of an answer that is still to come. */
class NextAccess {
  access: Access = { tag: 'load', at: 0 };
}
const NEXT = new NextAccess();

/** Whether this was thrown to stop a call at its next access: whoever catches it throws it again. */
export function isPause(thrown: unknown): boolean {
  return thrown === NEXT;
}

class Replay implements SharedWords {
  readonly length: number;
  readonly #answers: readonly number[];
  #given = 0;
  #isStopped = false;

  constructor(length: number, answers: readonly number[]) {
    this.length = length;
    this.#answers = answers;
  }

  load(at: number): number {
    return this.#answer({ tag: 'load', at });
  }

  store(at: number, value: number): void {
    this.#answer({ tag: 'store', at, value });
  }

  add(at: number, value: number): number {
    return this.#answer({ tag: 'add', at, value });
  }

  compareExchange(at: number, expected: number, value: number): number {
    return this.#answer({ tag: 'exchange', at, expected, value });
  }

  wait(at: number, value: number, milliseconds = Infinity): void {
    this.#answer({ tag: 'wait', at, value, isTimed: milliseconds !== Infinity });
  }

  notify(at: number, threads = Infinity): void {
    this.#answer({ tag: 'notify', at, threads });
  }

  #answer(access: Access): number {
    const answer = this.#answers[this.#given++];
    if (answer !== undefined) return answer;
    // What is done in a `finally` comes after the mark, and does not count.
    if (!this.#isStopped) NEXT.access = access;
    this.#isStopped = true;
    throw NEXT;
  }
}

/** An order of turns that ended badly. */
export class BadOrder extends Error {
  readonly turns: readonly Turn[];

  constructor(turns: readonly Turn[], cause: unknown) {
    super(`${cause instanceof Error ? cause.message : cause} after the turns ${turns.map(turnText).join(' ')}`, {
      cause,
    });
    this.turns = turns;
  }
}

function turnText({ thread, ends }: Turn): string {
  return ends ? `${thread}ends` : `${thread}`;
}

/**
 * Goes through all orders.
 *
 * @returns how many states there are
 * @throws BadOrder
 */
export function exploreOrders(model: Model): number {
  let first: State = { memory: model.memory, threads: model.threads.map(() => FIRST) };
  for (const thread of model.threads.keys()) first = settled(model, first, thread);
  const seen = new Set<string>();
  const stack: { readonly state: State; readonly turns: Turns | null }[] = [{ state: first, turns: null }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { state, turns } = top;
    const key = keyOf(state);
    if (seen.has(key)) continue;
    seen.add(key);
    try {
      let isEnd = true;
      const alone = state.threads.findIndex(({ next }) => next !== null && isSum(model, next));
      for (const thread of alone < 0 ? state.threads.keys() : [alone]) {
        for (const next of stepsOf(model, state, thread)) {
          isEnd &&= next.turn.ends;
          stack.push({ state: next.state, turns: { turn: next.turn, before: turns } });
        }
      }
      if (isEnd)
        model.verdict(
          state.memory,
          state.threads.map(({ isOver }) => isOver),
        );
    } catch (error) {
      throw new BadOrder(listOf(turns), error);
    }
  }
  return seen.size;
}

interface Turns {
  readonly turn: Turn;
  readonly before: Turns | null;
}

function listOf(turns: Turns | null): readonly Turn[] {
  const list: Turn[] = [];
  for (let at = turns; at; at = at.before) list.unshift(at.turn);
  return list;
}

function keyOf({ memory, threads }: State): string {
  const states = threads.map(
    ({ call, answers, isOver, sleepsAt, timeouts }) => `${isOver ? 'over' : call}:${sleepsAt}:${timeouts}:${answers}`,
  );
  return `${memory}|${states.join('|')}`;
}

/** What a thread may do next: its access, its end, both or nothing. */
function stepsOf(model: Model, state: State, index: number): { readonly state: State; readonly turn: Turn }[] {
  const thread = state.threads[index] as ThreadState;
  const description = model.threads[index] as ModelThread;
  if (thread.isOver) return [];
  const steps: { readonly state: State; readonly turn: Turn }[] = [];
  const end = (): State => ended(model, state, index);
  if (description.mayEnd) steps.push({ state: end(), turn: { thread: index, ends: true } });
  if (thread.sleepsAt >= 0 || thread.next === null) return steps;
  const after = made(state, index, thread.next);
  if (after) steps.push({ state: settledAll(model, state, after), turn: { thread: index, ends: false } });
  return steps;
}

function isSum({ sums }: Model, access: Access): boolean {
  return access.tag === 'add' && sums !== undefined && access.at >= sums[0] && access.at < sums[1];
}

/** The access that a thread makes next, or that its call is done without one. */
function runOf(model: Model, { calls }: ModelThread, { call, answers }: ThreadState): Access | 'done' | 'again' {
  const run = calls[call];
  if (!run) return 'done';
  try {
    return run(new Replay(model.memory.length, answers)) ?? 'done';
  } catch (error) {
    if (error !== NEXT) throw error;
    return NEXT.access;
  }
}

/** The same of all threads that an access has moved: a `notify` wakes others. */
function settledAll(model: Model, before: State, after: State): State {
  let state = after;
  for (const [index, thread] of after.threads.entries()) {
    if (thread !== before.threads[index]) state = settled(model, state, index);
  }
  return state;
}

/** Lets a call that is done make room for the next: what it was told is forgotten. */
function settled(model: Model, state: State, index: number): State {
  let thread = state.threads[index] as ThreadState;
  const description = model.threads[index] as ModelThread;
  while (thread.sleepsAt < 0) {
    if (thread.call >= description.calls.length) return ended(model, state, index);
    const next = runOf(model, description, thread);
    if (typeof next !== 'string') {
      thread = { ...thread, next };
      break;
    }
    thread = { ...FIRST, call: thread.call + (next === 'done' ? 1 : 0) };
  }
  return { ...state, threads: state.threads.with(index, thread) };
}

function ended(model: Model, state: State, index: number): State {
  const over: ThreadState = { ...FIRST, isOver: true };
  const memory = model.endedAt === undefined ? state.memory : state.memory.with(model.endedAt + index, 1);
  return { memory, threads: state.threads.with(index, over) };
}

/** The state after an access; `null` where it cannot be made now. */
function made(state: State, index: number, access: Access): State | null {
  const { memory } = state;
  const thread = state.threads[index] as ThreadState;
  const told = (answer: number, next = memory): State => ({
    memory: next,
    threads: state.threads.with(index, { ...thread, answers: [...thread.answers, answer] }),
  });
  const here = memory[access.at] as number;
  switch (access.tag) {
    case 'load':
      return told(here);
    case 'store':
      return told(0, memory.with(access.at, access.value));
    case 'add':
      return told(here, memory.with(access.at, here + access.value));
    case 'exchange':
      return told(here, here === access.expected ? memory.with(access.at, access.value) : memory);
    case 'wait':
      return waited(state, index, access, told);
    case 'notify': {
      const woken = told(0);
      let left = access.threads;
      // Which sleeper is woken is for the system to say; all of them are alike here.
      const threads = woken.threads.map((other) => {
        if (other.sleepsAt !== access.at || left-- <= 0) return other;
        return { ...other, sleepsAt: -1, answers: [...other.answers, 0] };
      });
      return { ...woken, threads };
    }
    default:
      return access satisfies never;
  }
}

function waited(
  state: State,
  index: number,
  access: Extract<Access, { tag: 'wait' }>,
  told: (answer: number) => State,
): State | null {
  if (state.memory[access.at] !== access.value) return told(0);
  const thread = state.threads[index] as ThreadState;
  if (access.isTimed) {
    // That time passes changes nothing, but for a thread that has ended meanwhile.
    const over = state.threads.filter(({ isOver }) => isOver).length;
    if (thread.timeouts >= over) return null;
    const next = told(0);
    const waiter = next.threads[index] as ThreadState;
    return { ...next, threads: next.threads.with(index, { ...waiter, timeouts: thread.timeouts + 1 }) };
  }
  return { ...state, threads: state.threads.with(index, { ...thread, sleepsAt: access.at }) };
}

/** Some of the words, for code that numbers its own from 0 on. */
export class PartOfWords implements SharedWords {
  readonly length: number;
  readonly #words: SharedWords;
  readonly #from: number;

  constructor(words: SharedWords, from: number, length: number) {
    this.#words = words;
    this.#from = from;
    this.length = length;
  }

  load(at: number): number {
    return this.#words.load(this.#from + at);
  }

  store(at: number, value: number): void {
    this.#words.store(this.#from + at, value);
  }

  add(at: number, value: number): number {
    return this.#words.add(this.#from + at, value);
  }

  compareExchange(at: number, expected: number, value: number): number {
    return this.#words.compareExchange(this.#from + at, expected, value);
  }

  wait(at: number, value: number, milliseconds?: number): void {
    this.#words.wait(this.#from + at, value, milliseconds);
  }

  notify(at: number, threads?: number): void {
    this.#words.notify(this.#from + at, threads);
  }
}
