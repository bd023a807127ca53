import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CORPUS, CORPUS_MISSING, hasCorpus } from '../support/corpus.ts';
import { hasNoWine, here, newFolder, onWindows, windowsPath } from './support/windows.ts';

if (!hasCorpus) console.warn(`skipped: ${CORPUS_MISSING}`);

/** Of the corpus: with keys, so that threads open what is inside. */
const GENERATED = 'generated/wg-basic-psk';

describe.skipIf(hasNoWine || !hasCorpus)(
  'winze decode on Windows says, octet by octet, what it says on this host',
  () => {
    const capture = join(CORPUS, GENERATED, 'outerA.pcap');
    const keys = join(CORPUS, GENERATED, 'keys.A');
    const dsb = join(CORPUS, 'generated/formats/ng-le-dsb.pcapng');

    test.each<[string, string[], string[]]>([
      ['a report as JSON, with keys', ['--json', '--keys'], [keys, capture]],
      ['lines of packets, with keys', ['--packets', '--utc', '--count', '400', '--keys'], [keys, capture]],
      ['a report, keys in the capture', ['--ascii'], [dsb]],
    ])('%s', async (_name, options, files) => {
      // The name of the file is part of the report: the same folder, and no folder in the name.
      const cwd = files.at(-1)?.replace(/\/[^/]*$/, '') ?? '';
      const names = files.map((file) => file.replace(`${cwd}/`, ''));
      const [ours, theirs] = await Promise.all([
        here(['decode', ...options, ...names], { cwd }),
        onWindows(['decode', ...options, ...names], { cwd }),
      ]);
      expect(theirs).toEqual({ ...ours, stderr: theirs.stderr });
      expect(ours.status).toBe(0);
      expect(ours.stdout.length).toBeGreaterThan(1000);
      // Modes of files are this host's.
      expect(theirs.stderr).toBe(ours.stderr.replace(/^winze: warning: .* can be read by other users .*\n/gm, ''));
    });

    test('--write makes the same file, wherever it lies', async () => {
      const folder = newFolder();
      const [ours, theirs] = [join(folder, 'here.pcapng'), join(folder, 'on windows.pcapng')];
      const argv = (file: string, out: string) => [
        'decode',
        '--keys',
        file.replace('outerA.pcap', 'keys.A'),
        '--write',
        out,
        file,
      ];
      await here(argv(capture, ours));
      const written = await onWindows(argv(windowsPath(capture), windowsPath(theirs)));
      expect([written.status, written.stderr]).toEqual([0, '']);
      expect(readFileSync(theirs).equals(readFileSync(ours))).toBe(true);
    });

    test('a capture on standard input', async () => {
      const { status, stdout } = await onWindows(['decode', '--json', '-'], { stdin: capture });
      // As many inner packets as the tunnel's device had, by its own capture.
      expect([status, JSON.parse(stdout).wireguard.messages]).toEqual([
        0,
        { initiation: 2, response: 2, cookie_reply: 0, data: 1325, keepalive: 4 },
      ]);
    });
  },
);
