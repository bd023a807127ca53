/**
 * `winze capture …`: decodes packets as `winze decode` does, while they pass a network device of this host.
 *
 * @module
 */
import type { Command } from 'commander';
import { usageError } from '../../core/errors.ts';
import type { DecodeOptions } from '../../options/decode-settings.ts';
import { CAPTURE_HABITS } from '../../options/foreign/program-habits.ts';
import { CAPTURE_EXAMPLES } from '../../options/help/program-examples.ts';
import { dropWords, sourceWords } from '../../report/decode/live-words.ts';
import { MAX_SNAPLEN_BYTES } from '../../run/capture/live/live-source.ts';
import type { PacketSource } from '../../run/decode/decode-capture.ts';
import { deviceSource } from '../../run/decode/sources/device-source.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { runProgram } from '../parsing/run-program.ts';
import { createMessages } from '../terminal/messages.ts';
import { decodeSources } from './decode-files.ts';
import { createViewProgram, wholeNumber } from './view-options.ts';

interface CaptureOptions extends Omit<DecodeOptions, 'filter'> {
  readonly interface?: string;
  readonly snaplen: number;
}

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
  return createViewProgram('capture', 'capture on a device, and explain what passed', CAPTURE_EXAMPLES)
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
    onStatistics: (statistics) => messages.say(dropWords(device, statistics, passedOver)),
  });
}
