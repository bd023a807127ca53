/**
 * `winze decode …`: decodes capture files, or a capture from standard input.
 *
 * @module
 */
import type { Command } from 'commander';
import { DECODE_HABITS } from '../../options/foreign/program-habits.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { runProgram } from '../parsing/run-program.ts';
import { type DecodeOptions, decodeSources, fileSource } from './decode-files.ts';
import { createViewProgram, wholeNumber } from './view-options.ts';

const EXAMPLES = `
Filters: host, net, port (with src or dst before them), tunnel [KIND],
peer ADDRESS[:PORT], session, vni, teid, spi, vlan, label, key, frame N-M,
error, or a layer's name; joined by and, or, not and brackets.

Examples:
  winze decode wg.pcap                        what is in it, what is wrong with
                                              its tunnels, what they cost
  winze decode --json wg.pcap | jq .findings
  winze decode --packets -c 20 wg.pcap        the first 20 packets, with what is
                                              inside the tunnels
  winze decode --packets --keys wg.keys wg.pcap
                                              what is inside WireGuard too
  winze decode --packets --filter 'tunnel vxlan and vni 7' a.pcapng
  winze decode left.pcap right.pcap           captures of both ends of a tunnel:
                                              loss and delay each way
  sudo tcpdump -i eth0 -w - | winze decode --packets -

Exit status: 0 ok; 2 usage; 5 a file may not be read, or the output not be
written; 6 interrupted, or a file that is damaged: what was read is printed.
`;

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
  return createViewProgram('decode', 'explain a capture of packets: pcap or pcapng, gzipped or not', EXAMPLES)
    .argument('<FILE...>', 'captures; - is the standard input')
    .option('--filter <EXPR>', 'only packets that meet it')
    .option('--threads <N>', 'processors to use with keys (all)', wholeNumber);
}
