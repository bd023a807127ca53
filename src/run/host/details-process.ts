/**
 * Entry of the process that gathers what the host tells of itself, and prints it, a line each as it comes.
 *
 * Arguments: devices whose links are asked for. It ends when all is told; whoever started it ends it earlier.
 *
 * @module
 */
import process from 'node:process';
import { readHostDetails } from '../../system/details/host-details.ts';
import { informedLink } from '../../system/details/link-facts.ts';
import { linuxLink } from '../../system/details/linux-link.ts';
import { PACKAGE_INFORMATION } from '../../system/details/package-information.ts';
import type { DetailsLine } from './gather-details.ts';

const { platform } = process;
const tell = (line: DetailsLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

// Links first: some of the rest holds this thread up until a command has ended.
for (const device of process.argv.slice(2)) {
  const read = platform === 'linux' ? linuxLink : informedLink;
  const link = await read(device, PACKAGE_INFORMATION);
  if (link !== null) tell({ links: { [device]: link } });
}
await readHostDetails(PACKAGE_INFORMATION, platform, (details) => tell({ details }));
