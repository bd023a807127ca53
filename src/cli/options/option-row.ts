/**
 * One row of the option table: what an option is called, who may use it, how its value is read.
 *
 * @module
 */
import type { Read } from './values.ts';

/** What this run of the program is. */
export type Role = 'server' | 'client' | 'lab';

/** Every name as users type it. The first is how messages call it, the last is its GNU long name. */
export type Names = readonly [string, ...string[]];

interface Wording {
  readonly group: string;
  readonly roles: readonly Role[];
  readonly help: string;
}

export interface FlagRow extends Wording {
  readonly kind: 'flag';
  readonly names: Names;
}

/** An option with one value; the last one given counts. */
export interface ValueRow<T> extends Wording {
  readonly kind: 'value';
  readonly names: Names;
  /** Word for the value in the help. */
  readonly value: string;
  readonly read: Read<T>;
}

/** An option that may be given again; a variadic one takes every word up to the next option. */
export interface ListRow<T> extends Wording {
  readonly kind: 'list';
  readonly names: Names;
  readonly value: string;
  readonly variadic: boolean;
  readonly read: Read<T>;
}

export type OptionRow = FlagRow | ValueRow<unknown> | ListRow<unknown>;

/** What an option of this row is parsed to. */
export type ValueOf<R extends OptionRow> = R extends FlagRow
  ? true
  : R extends ValueRow<infer T>
    ? T
    : R extends ListRow<infer T>
      ? readonly T[]
      : never;

export function flag(names: Names, wording: Wording): FlagRow {
  return { kind: 'flag', names, ...wording };
}

export function one<T>(names: Names, value: string, read: Read<T>, wording: Wording): ValueRow<T> {
  return { kind: 'value', names, value, read, ...wording };
}

export function many<T>(
  names: Names,
  value: string,
  read: Read<T>,
  wording: Wording & { readonly variadic: boolean },
): ListRow<T> {
  return { kind: 'list', names, value, read, ...wording };
}

/** The long name without dashes, which commander goes by. */
export function longName(names: Names): string {
  return (names[names.length - 1] ?? names[0]).replace(/^--/, '');
}
