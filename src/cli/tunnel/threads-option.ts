/**
 * `--threads N` of the commands that carry packets.
 *
 * @module
 */
import { type Command, Option } from 'commander';
import { wholeNumber } from '../options/values.ts';

/** Adds `--threads N` to a command that carries a tunnel. */
export function addThreads(command: Command): Command {
  return command.addOption(
    new Option('--threads <N>', 'threads that encrypt, 1 to 16 (default what suits this host)').argParser(
      wholeNumber(1, 16),
    ),
  );
}
