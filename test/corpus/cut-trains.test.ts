import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CORPUS, CORPUS_MISSING, hasCorpus } from '../support/corpus.ts';
import { decodeAll } from '../support/decode-all.ts';

/** 105 messages in 5 super-datagrams, none lost. */
const FILE = 'generated/udp-gso/sender.pcap';

test.skipIf(!hasCorpus)(`trains of messages, cut: ${hasCorpus ? 'no loss is certain' : CORPUS_MISSING}`, () => {
  const octets = new Uint8Array(readFileSync(join(CORPUS, FILE)));
  const cutTo = (bytes: number) => decodeAll(octets, (record) => (record.capturedBytes = bytes)).document;
  const whole = cutTo(1700);
  expect(whole.wireguard?.messages.data).toBe(105);
  expect(whole.findings.map(({ code }) => code)).not.toContain('trains-cut');
  const cut = cutTo(128);
  expect(cut.wireguard?.peers[0]?.a_to_b.unsplit_datagrams).toBe(5);
  expect(cut.findings).toContainEqual(expect.objectContaining({ code: 'trains-cut', severity: 'warning' }));
  expect(cut.findings).toContainEqual(expect.objectContaining({ code: 'loss', confidence: 'possible' }));
});
