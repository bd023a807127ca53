/**
 * What a parser of an option value is, and how it refuses a text.
 *
 * @module
 */

/** Parses the text after an option. @throws ValueError */
export type Read<T> = (text: string) => T;

/** Parses one of the words, or several with commas between them. */
export type ReadWords<T> = Read<T> & { readonly words: readonly string[]; readonly isList: boolean };

/**
 * A text that an option does not take. The message says what was expected; whoever knows the name of the option, and
 * the text, puts them before it.
 */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}
