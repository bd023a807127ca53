/**
 * Undoes one thing that bringing a tunnel up did to this host.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import type { UndoAction } from '../../../tunnel/up/action.ts';
import { runCommand, runHook } from '../command.ts';
import { writeSetting } from './setting.ts';

/**
 * @param closeDevice - for the process that has one
 * @param signal - ends a command that takes too long
 */
export async function undoAction(
  action: UndoAction,
  closeDevice: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const limit = signal && { signal };
  switch (action.tag) {
    case 'command':
      await runCommand(action.argv, { input: action.input, ...limit });
      return;
    case 'hook':
      await runHook(action.snippet, signal);
      return;
    case 'setting':
      if (action.unlessRules && (await hasMarkRules())) return;
      writeSetting(action.name, action.value);
      return;
    case 'remove-file':
      rmSync(action.path, { force: true });
      return;
    case 'close-device':
      await closeDevice();
      return;
    default:
      action satisfies never;
  }
}

/** Another full tunnel, of ours or of wg-quick(8), has one. */
async function hasMarkRules(): Promise<boolean> {
  return (await runCommand(['ip', '-4', 'rule', 'show'])).includes('not from all fwmark');
}
