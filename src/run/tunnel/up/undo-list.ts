/**
 * What is to be undone, known to this process and to a guardian that outlives it.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { messageOf, NetError } from '../../../core/errors.ts';
import { withAdvice } from '../../../system/system-advice.ts';
import type { UndoAction } from '../../../tunnel/up/action.ts';
import type { UpEvent } from '../../../tunnel/up/up-event.ts';
import { describeAction } from '../../../tunnel/up/words.ts';
import type { GuardianLine } from './guardian-process.ts';
import { undoAction } from './undo-action.ts';

const ENTRY = fileURLToPath(new URL('./guardian-process.js', import.meta.url));

export class UndoList {
  /** Number of the process that undoes what this one leaves. */
  readonly guardian: number;
  readonly #pipe: Writable;
  readonly #guardianEnded: Promise<void>;
  readonly #left: UndoAction[] = [];

  private constructor(guardian: ChildProcess, pipe: Writable) {
    this.guardian = guardian.pid ?? 0;
    this.#pipe = pipe;
    this.#guardianEnded = new Promise((resolve) => guardian.once('exit', () => resolve()));
    // Without a guardian the list is still undone by this process, if that ends in good order.
    pipe.on('error', () => {});
  }

  /** Starts the guardian. @throws NetError `ERR_UNSUPPORTED` */
  static async open(): Promise<UndoList> {
    // A session of its own: signals of the terminal are for the tunnel.
    const guardian = spawn(process.execPath, [ENTRY], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
    try {
      await once(guardian, 'spawn');
    } catch (error) {
      throw new NetError('ERR_UNSUPPORTED', `cannot start a second process: ${withAdvice(error)}`, { cause: error });
    }
    return new UndoList(guardian, guardian.stdin);
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
  async unwind(closeDevice: () => Promise<void>, tell: (event: UpEvent) => void): Promise<void> {
    for (let action = this.#left.at(-1); action; action = this.#left.at(-1)) {
      tell({ tag: 'step', words: describeAction(action) });
      try {
        await undoAction(action, closeDevice);
      } catch (error) {
        tell({ tag: 'warning', message: `cannot undo: ${messageOf(error)}` });
      }
      await this.forget(1);
    }
    this.#pipe.end();
    await this.#guardianEnded;
  }

  async #tell(line: GuardianLine): Promise<void> {
    await new Promise<void>((resolve) => this.#pipe.write(`${JSON.stringify(line)}\n`, () => resolve()));
  }
}
