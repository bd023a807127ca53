/**
 * The npm package `pcap`, as far as we use it. It is nobody's dependency: a user installs it beside winze.
 *
 * @see docs/decisions/0012-pcap-where-installed.md for what is to be known of it
 * @module
 */
import { createRequire } from 'node:module';
import { messageOf, systemCodeOf } from '../../../core/errors.ts';

export interface PcapPackage {
  /** What it calls with doubts that are none of the user's; it prints them otherwise. */
  warningHandler: (words: string) => void;
  createSession(
    device: string,
    options: { filter: string; snap_length: number; buffer_size: number; buffer_timeout: number },
  ): PcapSession;
}

export interface PcapSession {
  /** `LINKTYPE_…` */
  readonly link_type: string;
  on(event: 'packet', listener: (packet: { buf: Uint8Array; header: Uint8Array }) => void): void;
  stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number };
}

export const NOT_INSTALLED = 'pcap is not installed';

/** Whether there is such a package, built or not. */
export function isPcapInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('pcap');
    return true;
  } catch {
    return false;
  }
}

/** Loads it. @returns why not, as a sentence goes on: `pcap is not installed` */
export async function loadPcap(): Promise<PcapPackage | string> {
  // Not a literal: the compiler cannot know what is nobody's dependency.
  const name: string = 'pcap';
  try {
    const module = await import(name);
    return module.default ?? module;
  } catch (error) {
    return whyNotLoaded(error);
  }
}

/** @param error - of `import('pcap')` */
export function whyNotLoaded(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === 'ERR_MODULE_NOT_FOUND') return NOT_INSTALLED;
  // Its scripts were not run, or failed for want of a compiler or of libpcap's headers.
  if (code === 'MODULE_NOT_FOUND') return 'pcap is installed but not built (npm rebuild pcap says why)';
  // libpcap was removed, or another version of Node built it.
  const [words = ''] = messageOf(error).split('\n');
  return `pcap does not load (${words}; npm rebuild pcap may help)`;
}
