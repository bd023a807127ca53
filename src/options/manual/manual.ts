/**
 * What the manual page and the completions of shells are made from: all commands with their options.
 *
 * @module
 */
import type { Role } from '../option-row.ts';

/** What a shell offers for a value. */
export type Offer =
  | { readonly tag: 'words'; readonly words: readonly string[]; readonly isList: boolean }
  /** Files; of tunnels those of wg-quick(8), and the names of those in /etc/wireguard. */
  | { readonly tag: 'file' | 'config' }
  | { readonly tag: 'device' | 'host' | 'congestion' }
  | { readonly tag: 'nothing' };

/** An option of a command. */
export interface ManualOption {
  /** As typed, with dashes. */
  readonly names: readonly string[];
  /** Placeholder of the value; `null` for an option without one. */
  readonly value: string | null;
  readonly offer: Offer;
  readonly help: string;
  /** May be given several times. */
  readonly isRepeated: boolean;
}

/** An argument that is no option. */
export interface Operand {
  readonly value: string;
  readonly offer: Offer;
}

/** A command with options of its own. */
export interface ManualCommand {
  /** The words after `winze`: `tunnel`, `up`. */
  readonly words: readonly string[];
  readonly about: string;
  readonly operands: readonly Operand[];
  readonly options: readonly ManualOption[];
}

/** Options of `-s`, `-c`, `-x` or `lab`. */
export interface ManualRole {
  readonly role: Role;
  /** The option that chooses it, with all its names; `lab` is a word. */
  readonly chosenBy: readonly string[];
  readonly options: readonly ManualOption[];
}

/** Everything. */
export interface Manual {
  readonly version: string;
  readonly roles: readonly ManualRole[];
  /** Options that are offered before one has chosen a role. */
  readonly start: readonly ManualOption[];
  readonly commands: readonly ManualCommand[];
  /** Topics of `winze help`. */
  readonly topics: readonly string[];
}

/** The first part of an explanation, for a list in which each has a line. */
export function briefly(help: string): string {
  return help.replace(/(?: \(|;|, or several:).*$/s, '');
}

/** What a word of {@link Offer} means, if the explanation of its option has it: `b` of "b bandwidth, l latency". */
export function meaningOf(word: string, help: string): string {
  return new RegExp(`(?:^|, )${word} ([^,(:;]+)`).exec(help)?.[1]?.trim() ?? '';
}

/** Commands that can be typed first, each with a few words. */
export function firstWords(manual: Manual): readonly (readonly [word: string, about: string])[] {
  const programs = manual.commands.flatMap(({ words, about }): [string, string][] => {
    const [word, next] = words;
    return word === undefined || next !== undefined ? [] : [[word, briefly(about)]];
  });
  return [['lab', 'both ends on this machine'], ...programs, ['help', 'a page of help on a topic']];
}

/** Commands below another one: those of `tunnel`. */
export function commandsBelow(manual: Manual, word: string): readonly ManualCommand[] {
  return manual.commands.filter(({ words }) => words[0] === word && words.length > 1);
}
