/**
 * `winze capture …`: what `winze decode` does, with packets that pass a device of this host now.
 *
 * @module
 */
import type { LiveStatistics } from '../../run/capture/live/live-source.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { createMessages, type Messages } from '../messages.ts';
import { usage } from '../usage.ts';
import { type DecodeOptions, decodeSources, type PacketSource } from './decode-files.ts';
import { createViewProgram, runViewProgram, wholeNumber } from './view-options.ts';

/** As tcpdump(1) has it. */
const SNAPLEN_BYTES = 262_144;

interface CaptureOptions extends Omit<DecodeOptions, 'filter'> {
  readonly interface?: string;
  readonly snaplen: number;
}

const EXAMPLES = `
The report comes with Ctrl-C. FILTER is libpcap's (pcap-filter(7)).

Examples:
  sudo winze capture -i eth0 udp port 51820    what is wrong with a tunnel
  sudo winze capture -i eth0 --packets -c 20   the next 20 packets, with what is
                                               inside the tunnels
  sudo winze capture -i any -s 1700 udp        no more is needed without keys

Exit status: 0 ok; 2 usage; 5 capturing is not permitted, nothing here can
capture, or the output could not be written; 6 the capture broke off.
`;

/** Runs the arguments after `winze capture`. @throws NetError */
export async function runCapture(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = createViewProgram('capture', 'capture on a device, and explain what passed', EXAMPLES)
    .argument('[FILTER...]', 'only packets that meet it')
    .option('-i, --interface <IF>', 'the device; any for all of them, on Linux')
    .option('-s, --snaplen <BYTES>', 'octets of each packet that are kept', wholeNumber, SNAPLEN_BYTES)
    .action(async (filter: readonly string[], options: CaptureOptions) => {
      code = await decodeSources([deviceSource(filter.join(' '), options, deps)], options, deps);
    });
  await runViewProgram(program, argv, deps);
  return code;
}

function deviceSource(filter: string, options: CaptureOptions, deps: CliDeps): PacketSource {
  const { interface: device, snaplen } = options;
  if (device === undefined) throw usage('name a device with -i (ip -brief link lists them)');
  if (snaplen > SNAPLEN_BYTES) throw usage(`--snaplen ${snaplen}: want ${SNAPLEN_BYTES} at most`);
  const messages = createMessages(deps, {});
  return {
    name: device,
    isLive: true,
    read: async (reader, onRecord, signal, onPause) => {
      messages.watch(`capturing on ${device}; Ctrl-C ends it${options.packets ? '' : ', and the report follows'}`);
      const isPrompt = options.packets === true || options.jsonStream === true;
      const statistics = await deps.captureLive(
        { device, filter, snaplen, isPrompt },
        reader,
        onRecord,
        signal,
        onPause,
      );
      const [described] = reader.facts.interfaces;
      if (described) described.statistics = interfaceStatistics(statistics);
      sayDrops(messages, device, statistics);
    },
  };
}

function interfaceStatistics({ received, dropped, droppedByDevice }: LiveStatistics) {
  return { received, accepted: null, delivered: null, droppedByInterface: droppedByDevice, droppedBySystem: dropped };
}

function sayDrops(
  messages: Messages,
  device: string,
  { tool, received, dropped, droppedByDevice }: LiveStatistics,
): void {
  const count = (value: number | null): string => (value === null ? 'an unknown number' : String(value));
  messages.say(
    `${device}: ${count(received)} packets passed the filter, ${count(dropped)} dropped by the kernel, ` +
      `${count(droppedByDevice)} by the device (${tool})`,
  );
}
