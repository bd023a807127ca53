/**
 * Files of the package that are made from the options: the manual page, and the completions of shells.
 *
 * @module
 */
import { VERSION } from '../../core/version.ts';
import { topicNames } from '../../options/help/help-page.ts';
import { bashCompletion } from '../../options/manual/bash-completion.ts';
import { COMPLETION_FILES } from '../../options/manual/completion-files.ts';
import { fishCompletion } from '../../options/manual/fish-completion.ts';
import { manPage } from '../../options/manual/man-page.ts';
import type { Manual } from '../../options/manual/manual.ts';
import { manualRoles, startOptions } from '../../options/manual/table-options.ts';
import { zshCompletion } from '../../options/manual/zsh-completion.ts';
import { manualCommands } from './program-commands.ts';

/** The manual page, from the folder of the package. */
export const MAN_FILE = 'man/winze.1';

/**
 * Text of each file by its path in the package.
 *
 * @param date - in ISO 8601, of the last change of the manual page
 */
export function manualFiles(date: string): ReadonlyMap<string, string> {
  const manual: Manual = {
    version: VERSION,
    roles: manualRoles(),
    start: startOptions(),
    commands: manualCommands(),
    topics: topicNames(),
  };
  return new Map([
    [MAN_FILE, manPage(manual, date)],
    [COMPLETION_FILES.bash, bashCompletion(manual)],
    [COMPLETION_FILES.zsh, zshCompletion(manual)],
    [COMPLETION_FILES.fish, fishCompletion(manual)],
  ]);
}
