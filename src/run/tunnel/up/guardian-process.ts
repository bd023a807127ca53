/**
 * Entry of the process that undoes what a tunnel did to the host when its process was killed.
 *
 * It reads what there is to undo, a line each, as it is done: `["do", action]` adds to the list,
 * `["undone"]` takes off the last. When the stream ends, what is left on the list is undone, the last
 * first. It has a session of its own, and ignores the signals that end a process in good order, so
 * Ctrl-C or a service manager do not take it first.
 *
 * @module
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { messageOf } from '../../../core/errors.ts';
import type { UndoAction } from '../../../tunnel/up/action.ts';
import { describeAction } from '../../../tunnel/up/words.ts';
import { undoAction } from './undo-action.ts';

/** Nobody is there to end a snippet that hangs. */
const LIMIT_MS = 30_000;

export type GuardianLine = readonly ['do', UndoAction] | readonly ['undone'];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {});
// Whoever read the messages may be gone, too.
process.stderr.on('error', () => {});

const left: UndoAction[] = [];
for await (const text of createInterface({ input: process.stdin })) {
  const [word, action] = JSON.parse(text) as GuardianLine;
  if (word === 'do') left.push(action);
  else left.pop();
}
for (const action of left.reverse()) {
  // The device ended with its process.
  if (action.tag === 'close-device') continue;
  process.stderr.write(`[#] ${describeAction(action)}\n`);
  await undoAction(action, async () => {}, AbortSignal.timeout(LIMIT_MS)).catch((error: unknown) => {
    process.stderr.write(`winze: cannot undo: ${messageOf(error)}\n`);
  });
}
