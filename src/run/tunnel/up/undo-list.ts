/**
 * The list of undo actions, kept in this process and in a guardian process that survives it.
 *
 * A guardian that ends early is replaced, and the new one gets the whole list.
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
import { describeAction } from '../../../tunnel/up/describe-action.ts';
import type { UpEvent } from '../../../tunnel/up/up-event.ts';
import type { GuardianLine } from './guardian-process.ts';
import { type TunnelActions, undoAction } from './undo-action.ts';

const ENTRY = fileURLToPath(new URL('./guardian-process.js', import.meta.url));
/** Most guardians that are started; after that, the tunnel goes on without one. */
const MOST_GUARDIANS = 10;

interface Guardian {
  readonly pid: number;
  readonly pipe: Writable;
  readonly ended: Promise<void>;
}

/** The undo actions of one tunnel. */
export class UndoList {
  /** Called when another guardian has replaced the last one, and with `null` when there is none any more. */
  onGuardian: (pid: number | null, why: string) => void = () => {};
  #guardian: Guardian;
  #guardians = 1;
  #isEnding = false;
  readonly #left: UndoAction[] = [];

  private constructor(guardian: Guardian) {
    this.#guardian = guardian;
    this.#watch(guardian);
  }

  /**
   * Starts the guardian.
   *
   * @throws NetError `ERR_UNSUPPORTED` when it cannot be started
   */
  static async open(): Promise<UndoList> {
    return new UndoList(await startGuardian());
  }

  /** PID of the guardian. */
  get guardian(): number {
    return this.#guardian.pid;
  }

  /** Adds the undo action of a change that is about to be made. Resolves when it was sent to the guardian. */
  async note(action: UndoAction): Promise<void> {
    this.#left.push(action);
    await this.#tell(['do', action]);
  }

  /** Removes the last `count` actions: their changes were not made, or are undone. */
  async forget(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.#left.pop();
      await this.#tell(['undone']);
    }
  }

  /** Runs all actions, the last first, and ends the guardian. A failure is reported, and the next action is run. */
  async unwind(actions: TunnelActions, tell: (event: UpEvent) => void): Promise<void> {
    for (let action = this.#left.at(-1); action; action = this.#left.at(-1)) {
      tell({ tag: 'step', words: describeAction(action) });
      await this.#tell(['undoing']);
      try {
        await undoAction(action, actions);
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
      // Actions that are added in the meantime follow these, because a pipe keeps the order.
      for (const action of this.#left) void this.#tell(['do', action]);
      this.#watch(next);
      if (this.#isEnding) next.pipe.end();
      else this.onGuardian(next.pid, `${lost}; process ${next.pid} does it now`);
    } catch (error) {
      this.onGuardian(null, `${lost}, and none takes its place (${messageOf(error)}): end this one by SIGTERM only`);
    }
  }
}

/** Starts a guardian. Resolves when it ignores signals. */
async function startGuardian(): Promise<Guardian> {
  // In a session of its own, so that signals of the terminal reach only the tunnel's process.
  const child = spawn(process.execPath, [ENTRY], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = failedStart(child);
  if (failed) throw cannotStart(await failed);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { stdin, stdout } = child;
  // Without a guardian, this process still undoes the list, if it ends normally.
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
