/**
 * Entry of the process that undoes what a tunnel did to the host when its process was killed.
 *
 * It reads what there is to undo, a line each, as it is done: `["do", action]` adds to the list, `["undoing"]` says that
 * the other process is at the last, `["undone"]` takes that off. When the stream ends, what is left on the list is undone,
 * the last first; a snippet that was begun is not begun again, for it goes on without the process that began it. It has a session of its own, and ignores the signals that end a process in good order, so
 * Ctrl-C or a service manager do not take it first.
 *
 * @module
 */
import { writeSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { messageOf } from '../../../core/errors.ts';
import type { UndoAction } from '../../../tunnel/up/action.ts';
import { describeAction } from '../../../tunnel/up/words.ts';
import { type Carrier, undoAction } from './undo-action.ts';

/** Nobody is there to end a snippet that hangs. */
const LIMIT_MS = 30_000;
const STDOUT = 1;

export type GuardianLine = readonly ['do', UndoAction] | readonly ['undoing'] | readonly ['undone'];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) process.on(signal, () => {});
// Until now, a signal would have ended it.
writeSync(STDOUT, 'ready\n');
// Whoever read the messages may be gone, too.
process.stderr.on('error', () => {});

const NO_CARRIER: Carrier = { close: async () => {}, saveConfig: async () => {} };
const left: UndoAction[] = [];
let isAtLast = false;
for await (const text of createInterface({ input: process.stdin })) {
  const [word, action] = JSON.parse(text) as GuardianLine;
  isAtLast = word === 'undoing';
  if (word === 'do') left.push(action);
  else if (word === 'undone') left.pop();
}
if (isAtLast && left.at(-1)?.tag === 'hook') left.pop();
for (const action of left.reverse()) {
  // The device ended with its process, and with it what it knew.
  if (action.tag === 'close-device' || action.tag === 'save-config') continue;
  process.stderr.write(`[#] ${describeAction(action)}\n`);
  await undoAction(action, NO_CARRIER, AbortSignal.timeout(LIMIT_MS)).catch((error: unknown) => {
    process.stderr.write(`winze: cannot undo: ${messageOf(error)}\n`);
  });
}
