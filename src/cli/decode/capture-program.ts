/**
 * `winze capture …`: decodes packets as `winze decode` does, while they pass a network device of this host.
 *
 * @module
 */
import type { Command } from 'commander';
import { usageError } from '../../core/errors.ts';
import { CAPTURE_HABITS } from '../../options/foreign/program-habits.ts';
import { type LiveStatistics, MAX_SNAPLEN_BYTES } from '../../run/capture/live/live-source.ts';
import type { PacketSource } from '../../run/decode/decode-capture.ts';
import { deviceSource } from '../../run/decode/sources/device-source.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { runProgram } from '../parsing/run-program.ts';
import { createMessages, type Messages } from '../terminal/messages.ts';
import { type DecodeOptions, decodeSources } from './decode-files.ts';
import { createViewProgram, wholeNumber } from './view-options.ts';

interface CaptureOptions extends Omit<DecodeOptions, 'filter'> {
  readonly interface?: string;
  readonly snaplen: number;
}

const EXAMPLES = `
The report comes with Ctrl-C. FILTER is libpcap's (pcap-filter(7)).

Examples:
  sudo winze capture -i eth0 'host 198.51.100.2 or icmp or icmp6'
                                               what is wrong with a tunnel to
                                               that host: a filter by port has
                                               no fragments, and no errors
  sudo winze capture -i eth0 --packets -c 20   the next 20 packets, with what is
                                               inside the tunnels
  sudo winze capture -i any -s 1700 udp        no more is needed without keys

Exit status: 0 ok; 2 usage; 5 capturing is not permitted, nothing here can
capture, or the output could not be written; 6 the capture broke off.
`;

/** Runs the command line after `winze capture`, and returns its exit status. @throws NetError */
export async function runCapture(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = createCaptureProgram().action(async (filter: readonly string[], options: CaptureOptions) => {
    code = await decodeSources([watchedDevice(filter.join(' '), options, deps)], options, deps);
  });
  await runProgram((output) => program.configureOutput(output), argv, deps, CAPTURE_HABITS);
  return code;
}

/** Creates the program for commander, without what it does. */
export function createCaptureProgram(): Command {
  return createViewProgram('capture', 'capture on a device, and explain what passed', EXAMPLES)
    .argument('[FILTER...]', 'only packets that meet it')
    .option('-i, --interface <IF>', 'the device; any for all of them, on Linux')
    .option('-s, --snaplen <BYTES>', 'octets of each packet that are kept', wholeNumber, MAX_SNAPLEN_BYTES);
}

function watchedDevice(filter: string, options: CaptureOptions, deps: CliDeps): PacketSource {
  const { interface: device, snaplen } = options;
  if (device === undefined)
    throw usageError('name a device: winze capture -i IF (ip -brief link lists them); see winze capture --help');
  if (snaplen > MAX_SNAPLEN_BYTES) throw usageError(`--snaplen ${snaplen}: want ${MAX_SNAPLEN_BYTES} at most`);
  const messages = createMessages(deps, {});
  const isPrompt = options.packets === true || options.jsonStream === true;
  const ending = `Ctrl-C ends it${options.packets ? '' : ', and the report follows'}`;
  let passedOver: readonly string[] = [];
  return deviceSource({ device, filter, snaplen, isPrompt }, deps, {
    onNotice: messages.say,
    onSource: (choice) => {
      ({ passedOver } = choice);
      messages.watch(`capturing on ${device} with ${sourceWords(choice.tool, passedOver)}; ${ending}`);
    },
    onStatistics: (statistics) => sayDrops(messages, device, statistics, passedOver),
  });
}

/** The capture tool, and why a better one is not used: `tcpdump, since pcap is not installed`. */
function sourceWords(tool: string, passedOver: readonly string[]): string {
  return passedOver.length === 0 ? tool : `${tool}, since ${passedOver.join(' and ')}`;
}

function sayDrops(
  messages: Messages,
  device: string,
  { tool, received, dropped, droppedByDevice }: LiveStatistics,
  passedOver: readonly string[],
): void {
  const count = (value: number | null): string => (value === null ? 'an unknown number' : String(value));
  messages.say(
    `${device}: ${count(received)} packets passed the filter, ${count(dropped)} dropped by the kernel, ` +
      `${count(droppedByDevice)} by the device (${sourceWords(tool, passedOver)})`,
  );
}
