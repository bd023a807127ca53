/**
 * `winze decode …`: a program of its own in commander, because its letters are those of tcpdump(1).
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { CliDeps } from '../deps.ts';
import type { ExitCode } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { openOutput } from '../output.ts';
import { usage } from '../usage.ts';
import { type DecodeOptions, decodeFiles } from './decode-files.ts';

const WIDTH = 80;

const EXAMPLES = `
Filters: host, net, port (with src or dst before them), tunnel [KIND],
peer ADDRESS[:PORT], session, vni, teid, spi, vlan, label, key, frame N-M,
error, or a layer's name; joined by and, or, not and brackets.

Examples:
  winze decode wg.pcap                        what is in it, what tunnels cost
  winze decode --packets -c 20 wg.pcap        the first 20 packets, with what is
                                              inside the tunnels
  winze decode --packets --filter 'tunnel vxlan and vni 7' a.pcapng
  sudo tcpdump -i eth0 -w - | winze decode --packets -

Exit status: 0 ok; 2 usage; 5 a file may not be read, or the output not be
written; 6 interrupted, or a file that is damaged: what was read is printed.
`;

/** Runs the arguments after `winze decode`. @throws NetError */
export async function runDecode(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  let help = '';
  const program = createDecodeProgram(
    async (files, options) => {
      code = await decodeFiles(files, options, deps);
    },
    (text) => (help += text),
  );
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) {
      throw usage(`${error.message.replace(/^error: /, '')}; see winze decode --help`, { cause: error });
    }
    const output = await openOutput(deps, {}, () => {});
    output.write(help);
    const failure = await output.finish();
    if (failure !== null) throw failure;
  }
  return code;
}

function createDecodeProgram(
  run: (files: readonly string[], options: DecodeOptions) => Promise<void>,
  writeHelp: (text: string) => void,
): Command {
  return new Command('winze decode')
    .description('explain a capture of packets: pcap or pcapng, gzipped or not')
    .argument('<FILE...>', 'captures; - is the standard input')
    .option('--packets', 'print a line for each packet, and one for each packet in it')
    .option('-v, --verbose', 'with --packets: frame numbers, and fields that seldom matter')
    .option('-x, --hex', "with --packets: the packets' octets")
    .option('-c, --count <N>', 'stop after N packets that pass the filter', wholeNumber)
    .option('--filter <EXPR>', 'only packets that meet it')
    .option('--utc', 'with --packets: times in UTC, not in the local time zone')
    .helpOption('-h, --help', 'print this page')
    .exitOverride()
    .configureHelp({ helpWidth: WIDTH })
    .configureOutput({ writeOut: writeHelp, writeErr: () => {} })
    .addHelpText('after', EXAMPLES)
    .action(run);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('want a whole number from 1 on.');
  return Number(text);
}
