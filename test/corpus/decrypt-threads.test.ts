/** Captures with their keys, opened by one thread and by several: what is printed and written is the same to the octet. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { play } from '../cli/fakes.ts';
import { CORPUS, CORPUS_MISSING, corpusFiles, hasCorpus } from '../support/corpus.ts';
import { Mutator } from '../support/mutations.ts';
import { playedThreads } from '../support/played-threads.ts';
import { readChunks } from '../support/read-captures.ts';

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(CORPUS, file)));
const latin1 = (text = ''): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** Frame and time are those of the packet outside, so that is all there is to compare with the tunnel's interface. */
const octetsOf = (file: Uint8Array): string[] =>
  readChunks([file]).packets.map(({ packet }) => Buffer.from(packet).toString('hex'));

/** Runs a command by one thread, and by others that are late in turns. */
async function both(bytes: Uint8Array, keys: Uint8Array, ...argv: readonly string[]) {
  const scene = { captures: { 'wg.pcap': bytes }, secrets: { keys: { bytes: keys, mode: 0o600 } } };
  const command = (threads: number): string[] => ['decode', '--threads', `${threads}`, '--keys', 'keys', ...argv];
  const conducts = ['late', 'at once', 'never'] as const;
  const { opening, posts } = playedThreads(2, (n) => conducts[n % 3] ?? 'late');
  const alone = await play([...command(1), 'wg.pcap'], scene);
  const helped = await play([...command(3), 'wg.pcap'], { ...scene, decryptThreads: () => opening });
  return { alone, helped, posts: posts() };
}

const COMMANDS = [
  ['--json'],
  ['--packets', '--utc', '-v', '-x', '--write', 'inner.pcapng', '--embed-keys', 'all'],
  ['--packets', '--utc', '--filter', 'tcp or icmp'],
];
const KEYED = ['wg-basic-psk', 'wg-v6outer', 'wg-cookie', 'wg-blackhole', 'wg-lossy', 'wg-retry'];

describe.skipIf(!hasCorpus)(hasCorpus ? 'captures of wireguard-go' : CORPUS_MISSING, () => {
  test.each(KEYED)('%s', async (folder) => {
    for (const argv of COMMANDS) {
      const { alone, helped, posts } = await both(
        read(`generated/${folder}/outerA.pcap`),
        read(`generated/${folder}/keys.A`),
        ...argv,
      );
      expect(helped).toEqual(alone);
      expect(posts).toBeGreaterThan(0);
    }
  });

  test('wg-basic-psk: what others opened is what the tunnel interface had', async () => {
    const { helped } = await both(
      read('generated/wg-basic-psk/outerA.pcap'),
      read('generated/wg-basic-psk/keys.A'),
      '--write',
      'inner.pcapng',
    );
    const inner = octetsOf(latin1(helped.files.get('inner.pcapng')));
    const there = new Set(octetsOf(read('generated/wg-basic-psk/innerA.pcap')));
    expect(inner).toHaveLength(1325);
    expect(inner.filter((packet) => !there.has(packet))).toEqual([]);
  });

  const formats = corpusFiles().filter((file) => /^generated\/formats\/[^/]*\.pcap(ng)?$/.test(file));
  test.each(formats.map((file) => [basename(file), file]))('%s', async (_, file) => {
    for (const argv of COMMANDS) {
      const { alone, helped } = await both(read(file), read('generated/formats/keys'), ...argv);
      expect(helped).toEqual(alone);
    }
  });

  test('damage, wherever it is', async () => {
    const whole = read('generated/wg-lossy/outerA.pcap').subarray(0, 400_000);
    const mutator = new Mutator(20_261_126);
    for (let i = 0; i < 12; i++) {
      const damaged = mutator.damaged(whole, 24);
      const { alone, helped } = await both(damaged, read('generated/wg-lossy/keys.A'), ...(COMMANDS[i % 3] ?? []));
      expect(helped).toEqual(alone);
    }
  });
});
