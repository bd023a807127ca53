/**
 * One row of the option table: names of an option, which commands accept it, how its value is parsed.
 *
 * @module
 */
import type { Read } from './values/value-error.ts';

/** The command that accepts an option: `winze -s`, `winze -c`, `winze -x` or `winze lab`. */
export type Role = 'server' | 'client' | 'external' | 'lab';

/** Every name as users type it. Messages use the first one. The last one is the long name. */
export type Names = readonly [string, ...string[]];

interface Wording {
  readonly group: string;
  readonly roles: readonly Role[];
  readonly help: string;
}

/** An option without a value. */
export interface FlagRow extends Wording {
  readonly kind: 'flag';
  readonly names: Names;
}

/** An option with one value. If it is given several times, the last one counts. */
export interface ValueRow<T> extends Wording {
  readonly kind: 'value';
  readonly names: Names;
  /** Placeholder for the value in the help. */
  readonly value: string;
  readonly read: Read<T>;
}

/** An option that may be given several times. A variadic one takes every argument up to the next option. */
export interface ListRow<T> extends Wording {
  readonly kind: 'list';
  readonly names: Names;
  readonly value: string;
  readonly variadic: boolean;
  readonly read: Read<T>;
}

/** A row of any kind. */
export type OptionRow = FlagRow | ValueRow<unknown> | ListRow<unknown>;

/** The type to which an option of this row is parsed. */
export type ValueOf<R extends OptionRow> = R extends FlagRow
  ? true
  : R extends ValueRow<infer T>
    ? T
    : R extends ListRow<infer T>
      ? readonly T[]
      : never;

/** Creates the row of an option without a value. */
export function flag(names: Names, wording: Wording): FlagRow {
  return { kind: 'flag', names, ...wording };
}

/** Creates the row of an option with one value. */
export function one<T>(names: Names, value: string, read: Read<T>, wording: Wording): ValueRow<T> {
  return { kind: 'value', names, value, read, ...wording };
}

/** Creates the row of an option that may be given several times. */
export function many<T>(
  names: Names,
  value: string,
  read: Read<T>,
  wording: Wording & { readonly variadic: boolean },
): ListRow<T> {
  return { kind: 'list', names, value, read, ...wording };
}

/** The long name without dashes, by which commander finds the option. */
export function longName(names: Names): string {
  return (names[names.length - 1] ?? names[0]).replace(/^--/, '');
}
