/**
 * Entry of the guardian: the process that undoes the changes of a tunnel to the host when the tunnel's process was
 * killed.
 *
 * It reads lines of JSON from the tunnel's process: `["do", action]` adds to the list of actions, `["undoing"]`
 * announces that the last one is being run, `["undone"]` removes it. When the stream ends, the actions that are left
 * are run, the last first. A snippet that was started already is not started again, because it continues without the
 * process that started it.
 *
 * The guardian has a session of its own and ignores the signals that request termination, so that Ctrl-C or a service
 * manager do not end it first.
 *
 * @module
 */
import { writeSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { messageOf } from '../../../core/errors.ts';
import type { UndoAction } from '../../../tunnel/up/action.ts';
import { describeAction } from '../../../tunnel/up/describe-action.ts';
import { type TunnelActions, undoAction } from './undo-action.ts';

/** Time limit for each action, because nobody else would end a snippet that hangs. */
const LIMIT_MS = 30_000;
const STDOUT = 1;

/** A line from the tunnel's process. */
export type GuardianLine = readonly ['do', UndoAction] | readonly ['undoing'] | readonly ['undone'];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) process.on(signal, () => {});
// From here on signals do not end the guardian, so the tunnel may start.
writeSync(STDOUT, 'ready\n');
// The reader of standard error may have ended too.
process.stderr.on('error', () => {});

const NO_TUNNEL: TunnelActions = { close: async () => {}, saveConfig: async () => {} };
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
  // The device was removed when its process ended, and its state is lost.
  if (action.tag === 'close-device' || action.tag === 'save-config') continue;
  process.stderr.write(`[#] ${describeAction(action)}\n`);
  await undoAction(action, NO_TUNNEL, AbortSignal.timeout(LIMIT_MS)).catch((error: unknown) => {
    process.stderr.write(`winze: cannot undo: ${messageOf(error)}\n`);
  });
}
