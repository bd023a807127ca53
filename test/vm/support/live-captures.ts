/**
 * What winze captured of a device, live, beside what it reads in the file that tcpdump wrote meanwhile.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { CaptureDocument } from '../../../src/capture/documents/capture-report.ts';

const WINZE = join(import.meta.dirname, '../../../bin/winze.js');

/** Runs `winze decode --json` on this host. @throws Error if it has anything to say besides */
export function decoded(file: string): string {
  const argv = [WINZE, 'decode', '--json', file];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (stderr !== '') throw new Error(stderr);
  return stdout;
}

/** Both documents, without times. Each socket that captures gives a received packet a time of its own, some microseconds apart. */
export function liveAndRead({ file, report }: { readonly file: string; readonly report: string }): {
  readonly live: CaptureDocument;
  readonly read: CaptureDocument;
} {
  return { live: withoutTimes(report), read: withoutTimes(decoded(file)) };
}

function withoutTimes(document: string): CaptureDocument {
  return JSON.parse(document, (key, value) => (key.endsWith('_ns') ? undefined : value)) as CaptureDocument;
}
