/**
 * What is to be undone, known to this process and to a guardian that outlives it.
 *
 * A guardian that ends before its time is replaced, and the next one is told all that is on the list.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { messageOf, NetError } from '../../../core/errors.ts';
import { failedStart } from '../../../system/files/failed-start.ts';
import { withAdvice } from '../../../system/system-advice.ts';
import type { UndoAction } from '../../../tunnel/up/action.ts';
import type { UpEvent } from '../../../tunnel/up/up-event.ts';
import { describeAction } from '../../../tunnel/up/words.ts';
import type { GuardianLine } from './guardian-process.ts';
import { type Carrier, undoAction } from './undo-action.ts';

const ENTRY = fileURLToPath(new URL('./guardian-process.js', import.meta.url));
/** After so many it is told that there is none any more. */
const MOST_GUARDIANS = 10;

interface Guardian {
  readonly pid: number;
  readonly pipe: Writable;
  readonly ended: Promise<void>;
}

export class UndoList {
  /** To be called when another process undoes what this one leaves, and when none does any more. */
  onGuardian: (pid: number | null, why: string) => void = () => {};
  #guardian: Guardian;
  #guardians = 1;
  #isEnding = false;
  readonly #left: UndoAction[] = [];

  private constructor(guardian: Guardian) {
    this.#guardian = guardian;
    this.#watch(guardian);
  }

  /** Starts the guardian. @throws NetError `ERR_UNSUPPORTED` */
  static async open(): Promise<UndoList> {
    return new UndoList(await startGuardian());
  }

  /** Number of the process that undoes what this one leaves. */
  get guardian(): number {
    return this.#guardian.pid;
  }

  /** Notes what is about to be done. Settles when the guardian has it. */
  async note(action: UndoAction): Promise<void> {
    this.#left.push(action);
    await this.#tell(['do', action]);
  }

  /** Takes off the last `count`: they were not done after all, or are undone. */
  async forget(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.#left.pop();
      await this.#tell(['undone']);
    }
  }

  /** Undoes everything, the last first, and ends the guardian. What fails is told and does not end it. */
  async unwind(carrier: Carrier, tell: (event: UpEvent) => void): Promise<void> {
    for (let action = this.#left.at(-1); action; action = this.#left.at(-1)) {
      tell({ tag: 'step', words: describeAction(action) });
      await this.#tell(['undoing']);
      try {
        await undoAction(action, carrier);
      } catch (error) {
        tell({ tag: 'warning', message: `cannot undo: ${messageOf(error)}` });
      }
      await this.forget(1);
    }
    this.#isEnding = true;
    this.#guardian.pipe.end();
    await this.#guardian.ended;
  }

  async #tell(line: GuardianLine): Promise<void> {
    const { pipe } = this.#guardian;
    await new Promise<void>((resolve) => pipe.write(`${JSON.stringify(line)}\n`, () => resolve()));
  }

  #watch(guardian: Guardian): void {
    void guardian.ended.then(() => {
      if (!this.#isEnding) void this.#replace(guardian.pid);
    });
  }

  async #replace(before: number): Promise<void> {
    const lost = `process ${before}, which undoes what this one leaves should it be killed, has ended`;
    try {
      if (++this.#guardians > MOST_GUARDIANS) throw new Error(`it is the ${MOST_GUARDIANS}th`);
      const next = await startGuardian();
      this.#guardian = next;
      // What is noted meanwhile comes behind these: a pipe keeps the order.
      for (const action of this.#left) void this.#tell(['do', action]);
      this.#watch(next);
      if (this.#isEnding) next.pipe.end();
      else this.onGuardian(next.pid, `${lost}; process ${next.pid} does it now`);
    } catch (error) {
      this.onGuardian(null, `${lost}, and none takes its place (${messageOf(error)}): end this one by SIGTERM only`);
    }
  }
}

/** Settles when it heeds no signal that ends others. */
async function startGuardian(): Promise<Guardian> {
  // A session of its own: signals of the terminal are for the tunnel.
  const child = spawn(process.execPath, [ENTRY], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = failedStart(child);
  if (failed) throw cannotStart(await failed);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { stdin, stdout } = child;
  // Without a guardian the list is still undone by this process, if that ends in good order.
  stdin.on('error', () => {});
  const early = ended.then(() => Promise.reject(new Error('it ended at once')));
  try {
    await once(child, 'spawn');
    await Promise.race([once(stdout, 'data'), early]);
  } catch (error) {
    throw cannotStart(error);
  } finally {
    early.catch(() => {});
    stdout.destroy();
  }
  return { pid: child.pid ?? 0, pipe: stdin, ended };
}

function cannotStart(error: unknown): NetError {
  return new NetError('ERR_UNSUPPORTED', `cannot start a second process: ${withAdvice(error)}`, { cause: error });
}
