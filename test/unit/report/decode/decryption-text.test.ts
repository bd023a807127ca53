import { expect, test } from 'vitest';
import { DECRYPT_RESULT_TEXT, DECRYPT_RESULTS } from '../../../../src/capture/keys/batches/message-decrypter.ts';
import type { DecryptionCounts } from '../../../../src/capture/keys/decryption-counts.ts';
import { decryptionText } from '../../../../src/report/decode/decryption-text.ts';
import { KERNEL } from '../../../support/golden-handshakes.ts';

const peer = (name: string | null) => ({ publicKey: KERNEL.initiatorPublic, name });
const counts = (changes: Partial<DecryptionCounts>): DecryptionCounts => ({
  messages: 0,
  byResult: new Array<number>(DECRYPT_RESULTS).fill(0),
  keepalives: 0,
  innerBytes: 0,
  paddingBytes: 0,
  handshakeMessages: 0,
  handshakeMessagesDecrypted: 0,
  peers: [],
  initiationsOfOthers: 0,
  forgotten: 0,
  ...changes,
});

test('decryptionText() tells what was opened, and why the rest was not', () => {
  const text = decryptionText(
    counts({
      messages: 1_234_567,
      byResult: [1_234_560, 1, 0, 0, 0, 0, 0, 6, 0],
      keepalives: 60,
      innerBytes: 900_000,
      paddingBytes: 100_000,
      handshakeMessages: 3,
      handshakeMessagesDecrypted: 2,
      forgotten: 5,
      peers: [
        {
          initiator: peer(null),
          responder: peer('office'),
          endpoint: '192.0.2.1:51820',
          initiations: 2,
          firstFrame: 7,
          clockAheadS: -0.25,
        },
        { initiator: peer(null), responder: null, endpoint: null, initiations: 1, firstFrame: 9, clockAheadS: null },
      ],
    }),
  );
  expect(text).toBe(`keys
    1,234,560  of 1,234,567 data messages decrypted
               1,234,500 packets of 900,000 bytes, 60 keepalives
               100,000 bytes of padding (10.0%)
            1  not decrypted: not captured whole (snap length, fragments)
            6  not decrypted: authentication failed
            2  of 3 handshake messages decrypted
            5  sessions forgotten: too many at once
               from Igge9KzRytKNwrgkzDE/8hrLu6Ly0OqVdvOPWhA5KR4=
               to   Igge9KzRytKNwrgkzDE/8hrLu6Ly0OqVdvOPWhA5KR4=
                 called office
                 at 192.0.2.1:51820
                 2 times, first in frame 7
                 its clock 0.250 s behind
               from Igge9KzRytKNwrgkzDE/8hrLu6Ly0OqVdvOPWhA5KR4=
                 1 time, first in frame 9
`);
});

test('decryptionText() lists no more peers than fit, and says so', () => {
  const one = {
    initiator: peer(null),
    responder: null,
    endpoint: null,
    initiations: 1,
    firstFrame: 1,
    clockAheadS: null,
  };
  const text = (others: number) =>
    decryptionText(counts({ messages: 1, peers: new Array(25).fill(one), initiationsOfOthers: others }));
  expect(text(0).match(/ from /g)).toHaveLength(20);
  expect(text(0)).toContain('               5 other peers\n');
  expect(text(3)).toContain('               more than 5 other peers\n');
});

test('decryptionText() fits 80 columns, and shows what is in a name', () => {
  const text = decryptionText(
    counts({
      messages: 999_999_999,
      byResult: new Array<number>(DECRYPT_RESULTS).fill(111_111_111),
      innerBytes: 1e14,
      paddingBytes: 1e13,
      peers: [
        {
          initiator: peer(`\x1b[2J${'x'.repeat(40)}`),
          responder: peer('\n'),
          endpoint: '[2001:db8:1111:2222:3333:4444:5555:6666]:51820',
          initiations: 99_999_999,
          firstFrame: 999_999_999,
          clockAheadS: -1.8e19,
        },
      ],
    }),
  );
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  expect(Object.keys(DECRYPT_RESULT_TEXT)).toHaveLength(DECRYPT_RESULTS);
});
