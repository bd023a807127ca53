/**
 * The part of the npm package `pcap` that is used here. It is not a dependency: users install it in addition to winze.
 *
 * @see docs/decisions/0012-pcap-where-installed.md for its properties
 * @module
 */
import { createRequire } from 'node:module';
import { messageOf, systemCodeOf } from '../../../core/errors.ts';

/** The exports of the package. */
export interface PcapPackage {
  /** Receives warnings that do not concern the user. By default the package prints them. */
  warningHandler: (words: string) => void;
  createSession(
    device: string,
    options: { filter: string; snap_length: number; buffer_size: number; buffer_timeout: number },
  ): PcapSession;
}

/** A capture session of the package. */
export interface PcapSession {
  /** Name of the link type, as in `LINKTYPE_ETHERNET`. */
  readonly link_type: string;
  /** Registers a listener for packets. `header` is a pcap record header; both buffers are reused. */
  on(event: 'packet', listener: (packet: { buf: Uint8Array; header: Uint8Array }) => void): void;
  /** Packet counts of libpcap: received, dropped by the kernel, dropped by the interface. */
  stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number };
}

/** Why `pcap` is not used, as a clause for a message. */
export const NOT_INSTALLED = 'pcap is not installed';

/** Whether the package is installed, built or not. */
export function isPcapInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('pcap');
    return true;
  } catch {
    return false;
  }
}

/** Loads the package. @returns a reason if that fails, as a clause for a message: `pcap is not installed` */
export async function loadPcap(): Promise<PcapPackage | string> {
  // Not a literal: the compiler cannot resolve a package that is not a dependency.
  const name: string = 'pcap';
  try {
    const module = await import(name);
    return module.default ?? module;
  } catch (error) {
    return whyNotLoaded(error);
  }
}

/** Why the package does not load, with advice. @param error - thrown by `import('pcap')` */
export function whyNotLoaded(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === 'ERR_MODULE_NOT_FOUND') return NOT_INSTALLED;
  // The package has no binary: its install scripts did not run, or a compiler or libpcap's headers were missing.
  if (code === 'MODULE_NOT_FOUND') return 'pcap is installed but not built (npm rebuild pcap says why)';
  // libpcap was removed, or another version of Node built it.
  const [words = ''] = messageOf(error).split('\n');
  return `pcap does not load (${words}; npm rebuild pcap may help)`;
}
