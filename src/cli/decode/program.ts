/**
 * `winze decode …`: decodes capture files, or a capture from standard input.
 *
 * @module
 */
import type { Command } from 'commander';
import type { DecodeOptions } from '../../options/decode-settings.ts';
import { DECODE_HABITS } from '../../options/foreign/program-habits.ts';
import { DECODE_EXAMPLES } from '../../options/help/program-examples.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { runProgram } from '../parsing/run-program.ts';
import { decodeSources, fileSource } from './decode-files.ts';
import { createViewProgram, wholeNumber } from './view-options.ts';

/** Runs the command line after `winze decode`, and returns its exit status. @throws NetError */
export async function runDecode(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = createDecodeProgram().action(async (files: readonly string[], options: DecodeOptions) => {
    const sources = files.map((file) => fileSource(file, deps));
    code = await decodeSources(sources, options, deps);
  });
  await runProgram((output) => program.configureOutput(output), argv, deps, DECODE_HABITS);
  return code;
}

/** Creates the program for commander, without what it does. */
export function createDecodeProgram(): Command {
  return createViewProgram('decode', 'explain a capture of packets: pcap or pcapng, gzipped or not', DECODE_EXAMPLES)
    .argument('<FILE...>', 'captures; - is the standard input')
    .option('--filter <EXPR>', 'only packets that meet it')
    .option('--threads <N>', 'processors to use with keys (all)', wholeNumber);
}
