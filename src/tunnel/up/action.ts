/**
 * What is done to a host to bring a tunnel up, and to undo that, as data: it goes to another process,
 * into messages and into tests.
 *
 * @module
 */
import type { DeviceChange } from '../../core/shapes/tunnel-config.ts';

/** Undoing needs nothing but these, so a process that outlives the tunnel can do it. */
export type UndoAction =
  | { readonly tag: 'command'; readonly argv: readonly string[]; readonly input: string }
  /** A snippet of bash(1) from the configuration file; `%i` is replaced. */
  | { readonly tag: 'hook'; readonly snippet: string }
  /** `unlessRules` leaves the setting as it is while other rules for marks, which may need it, remain. */
  | { readonly tag: 'setting'; readonly name: string; readonly value: string; readonly unlessRules: boolean }
  /** With `text`, unless the file begins otherwise by then, and so is another's. */
  | { readonly tag: 'remove-file'; readonly path: string; readonly text?: string }
  /** Of the process that carries the tunnel, which knows what the device has by then. */
  | { readonly tag: 'save-config'; readonly path: string }
  /** Of the process that carries the tunnel; when that has ended, its device has, too. */
  | { readonly tag: 'close-device'; readonly name: string };

export type Action =
  | Exclude<UndoAction, { tag: 'remove-file' | 'save-config' | 'close-device' }>
  | { readonly tag: 'open-device'; readonly name: string }
  /** Serves the configuration protocol. */
  | { readonly tag: 'listen'; readonly path: string }
  | { readonly tag: 'configure'; readonly name: string; readonly change: DeviceChange };

/** What `undo` names is noted before the action, so that nothing is left when the process is killed in between. */
export interface Step {
  /** `null` where there is nothing to do but something to undo. */
  readonly action: Action | null;
  /** In the order in which it was done; the last is undone first. */
  readonly undo: readonly UndoAction[];
}

export function command(argv: readonly string[], input = ''): Extract<UndoAction, { tag: 'command' }> {
  return { tag: 'command', argv, input };
}
