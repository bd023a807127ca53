/**
 * Entry of the process that gathers details of the host. It prints each part as a line of JSON when it is known.
 *
 * Arguments: names of devices. The process ends after the last line, or is killed earlier by its parent.
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

// Links first: some of the other functions block this thread until a command has ended.
for (const device of process.argv.slice(2)) {
  const read = platform === 'linux' ? linuxLink : informedLink;
  const link = await read(device, PACKAGE_INFORMATION);
  if (link !== null) tell({ links: { [device]: link } });
}
await readHostDetails(PACKAGE_INFORMATION, platform, (details) => tell({ details }));
