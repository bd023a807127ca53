/**
 * The actions that bring a tunnel up and those that undo them, as data, so that they can be sent to another process,
 * shown, and tested.
 *
 * @module
 */
import type { DeviceChange } from '../../core/shapes/tunnel-config.ts';

/**
 * An action that undoes something. It contains all that is needed, so that a process that outlives the tunnel can do
 * it.
 */
export type UndoAction =
  | { readonly tag: 'command'; readonly argv: readonly string[]; readonly input: string }
  /** A command line for bash(1) from the configuration file; `%i` is already replaced. */
  | { readonly tag: 'hook'; readonly snippet: string }
  /** `unlessRules`: leave the sysctl as it is while there are other routing rules with marks, which may need it. */
  | { readonly tag: 'setting'; readonly name: string; readonly value: string; readonly unlessRules: boolean }
  /** With `text`: only if the file still begins with it, and so was not replaced by another program. */
  | { readonly tag: 'remove-file'; readonly path: string; readonly text?: string }
  /** Done by the process that runs the tunnel, which knows the state of the device. */
  | { readonly tag: 'save-config'; readonly path: string }
  /** Done by the process that runs the tunnel; the device disappears when that process ends. */
  | { readonly tag: 'close-device'; readonly name: string };

/** An action that brings a tunnel up. */
export type UpAction =
  | Exclude<UndoAction, { tag: 'remove-file' | 'save-config' | 'close-device' }>
  | { readonly tag: 'open-device'; readonly name: string }
  /** Serves the configuration protocol. */
  | { readonly tag: 'listen'; readonly path: string }
  | { readonly tag: 'configure'; readonly name: string; readonly change: DeviceChange };

/**
 * An action and how to undo it. `undo` is recorded before the action, so that nothing is left if the process is killed.
 */
export interface UpStep {
  /** `null` if there is nothing to do now but something to undo later. */
  readonly action: UpAction | null;
  /** Undo actions; the last one is done first. */
  readonly undo: readonly UndoAction[];
}

/** Makes an action that runs a program with `input` as its standard input. */
export function command(argv: readonly string[], input = ''): Extract<UndoAction, { tag: 'command' }> {
  return { tag: 'command', argv, input };
}
