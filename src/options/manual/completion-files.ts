/**
 * Shells that complete command lines of winze, and where the script of each lies in the package.
 *
 * @module
 */

/** The script of each shell, from the folder of the package. */
export const COMPLETION_FILES = {
  bash: 'completions/winze.bash',
  zsh: 'completions/_winze',
  fish: 'completions/winze.fish',
} as const;

/** A shell with a script. */
export type Shell = keyof typeof COMPLETION_FILES;

/** All of them. */
export const SHELLS = Object.keys(COMPLETION_FILES) as readonly Shell[];

/** Whether there is a script for a shell of this name. */
export function isShell(word: string): word is Shell {
  return Object.hasOwn(COMPLETION_FILES, word);
}
