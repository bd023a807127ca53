/**
 * Undoes one change that a tunnel made to this host.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import { readText } from '../../../system/files/kernel-files.ts';
import type { UndoAction } from '../../../tunnel/up/action.ts';
import { runCommand, runHook } from '../control/command.ts';
import { writeSetting } from './setting.ts';

/** Actions that only the tunnel's own process can do. */
export interface TunnelActions {
  readonly close: () => Promise<void>;
  readonly saveConfig: () => Promise<void>;
}

/**
 * Runs an undo action.
 *
 * @param signal - ends a command that takes too long
 * @throws NetError if a command fails or a setting cannot be written; errors of the system
 */
export async function undoAction(action: UndoAction, actions: TunnelActions, signal?: AbortSignal): Promise<void> {
  const limit = signal && { signal };
  switch (action.tag) {
    case 'command':
      await runCommand(action.argv, { input: action.input, ...limit });
      return;
    case 'hook':
      // In a separate session, which a second Ctrl-C does not reach.
      await runHook(action.snippet, { detached: true, ...limit });
      return;
    case 'setting':
      if (action.unlessRules && (await hasMarkRules())) return;
      writeSetting(action.name, action.value);
      return;
    case 'remove-file':
      if (action.text === undefined || holdsNumbers(action.path, action.text)) rmSync(action.path, { force: true });
      return;
    case 'save-config':
      await actions.saveConfig();
      return;
    case 'close-device':
      await actions.close();
      return;
    default:
      action satisfies never;
  }
}

/** Whether a file begins with this text, which is a number, and holds nothing but numbers: its guardian's may follow. */
function holdsNumbers(path: string, text: string): boolean {
  const found = readText(path);
  return found?.startsWith(text) === true && /^[\d\s]*$/.test(found);
}

/** Whether another tunnel with a default route, of winze or of wg-quick(8), has its rule. */
async function hasMarkRules(): Promise<boolean> {
  return (await runCommand(['ip', '-4', 'rule', 'show'])).includes('not from all fwmark');
}
