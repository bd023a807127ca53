/**
 * Options that `winze decode` and `winze capture` have in common.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { HELP_WIDTH } from '../parsing/run-program.ts';

/**
 * Creates the program for commander. It is separate from the option table because its letters are those of tcpdump(1).
 */
export function createViewProgram(name: string, description: string, examples: string): Command {
  return new Command(`winze ${name}`)
    .description(description)
    .option('--packets', 'print a line for each packet, and one for each packet in it')
    .option('-v, --verbose', 'with --packets: frame numbers, and fields that seldom matter')
    .option('-x, --hex', "with --packets: the packets' octets")
    .option('--utc', 'with --packets: times in UTC, not in the local time zone')
    .option('--json', 'the report as one JSON document')
    .option('--json-stream', 'a line of JSON for each event, then the document')
    .option('--html <FILE>', 'the report with charts too: one HTML page that needs no network')
    .option('-c, --count <N>', 'stop after N packets that pass the filter', wholeNumber)
    .option('--keys <FILE>', 'decrypt WireGuard with a key log, or a private key', collected)
    .option('--conf <FILE>', 'a configuration of wg-quick(8), or awg-quick: its keys, its disguise', collected)
    .option('--psk <KEY|FILE>', 'preshared keys to try, beside the other keys', collected)
    .option('--decode-as <SPEC>', 'what is on a port: udp:6080=vxlan, tcp:443=openvpn', collected)
    .option('--write <FILE>', 'write the packets inside to a pcapng file')
    .addOption(
      new Option('--embed-keys <WHICH>', 'with --write: key logs too, private keys only with all').choices([
        'session',
        'all',
      ]),
    )
    .option('--ascii', 'text in plain ASCII, as where the locale is not UTF-8')
    .helpOption('-h, --help', 'print this page')
    .exitOverride()
    .configureHelp({ helpWidth: HELP_WIDTH })
    .addHelpText('after', examples);
}

/** Parses the value of an option as a whole number from 1 on. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('want a whole number from 1 on.');
  return Number(text);
}

/** Collects the values of an option that may be given several times. */
function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
