import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAmneziaParameters } from '../../../../src/capture/amnezia/read-parameters.ts';
import { parseTunnelConfig } from '../../../../src/tunnel/config/parse.ts';
import { formatKey } from '../../../../src/tunnel/keys.ts';

const read = (text: string) => readAmneziaParameters(text, parseTunnelConfig(text));
const conf = (...lines: string[]): string => ['[Interface]', ...lines].join('\n');
const PEER = `[Peer]\nPublicKey = ${formatKey(new Uint8Array(32).fill(7))}\n`;

test('version 1: numbers; missing parameters have the values of WireGuard', () => {
  const { parameters, problems, lines } = read(
    `${conf('Jc = 4', 'Jmin = 40', 'jmax=70', 'S1 = 86', 'S2 = 3', 'H1 = 1755269708', 'H4 = 4294967295 # the last')}\n${PEER}Endpoint = 203.0.113.9:51000`,
  );
  expect(problems).toEqual([]);
  expect([...lines]).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(parameters).toEqual({
    prefixBytes: [86, 3, 0, 0],
    types: [
      { first: 1_755_269_708, last: 1_755_269_708 },
      { first: 2, last: 2 },
      { first: 3, last: 3 },
      { first: 0xffff_ffff, last: 0xffff_ffff },
    ],
    junkBytes: { first: 40, last: 70 },
    signatureBytes: [],
    endpoints: [{ address: Uint8Array.of(203, 0, 113, 9), port: 51_000 }],
  });
});

test('version 2: ranges, four prefixes, datagrams I1 to I5', () => {
  const { parameters, problems } = read(
    conf(
      'S3 = 7',
      'S4 = 9',
      'H1 = 5-100',
      'H2 = 200 - 300',
      'I1 = <b 0xc0ff><r 16><t>',
      'I2 = <rc 3><rd 4><c>',
      'I3 =',
    ),
  );
  expect(problems).toEqual([]);
  expect(parameters).toMatchObject({
    prefixBytes: [0, 0, 7, 9],
    junkBytes: null,
    signatureBytes: [2 + 16 + 4, 3 + 4 + 4],
    endpoints: [],
  });
  expect(parameters?.types.slice(0, 2)).toEqual([
    { first: 5, last: 100 },
    { first: 200, last: 300 },
  ]);
});

test.each([
  ['no parameters', conf('MTU = 1280')],
  ['those of WireGuard', conf('Jc = 0', 'Jmin = 1', 'Jmax = 2', 'S1 = 0', 'H1 = 1', 'H2 = 2-2', 'H3 = 3', 'H4 = 4')],
  [
    'parameters that do not change the messages',
    conf('RekeyAfterTime = 100-130', 'DisableCookies = true', 'RandomTrailers = off'),
  ],
])('%s: no parameters are returned', (_, text) => {
  expect(read(text)).toMatchObject({ parameters: null, problems: [] });
});

test('parameters with junk datagrams only are returned', () => {
  expect(read(conf('Jc = 1', 'Jmin = 8', 'Jmax = 8')).parameters?.junkBytes).toEqual({ first: 8, last: 8 });
  expect(read(conf('I5 = <r 30>')).parameters?.signatureBytes).toEqual([30]);
});

describe('an invalid value is reported with its line, and no parameters are returned', () => {
  test.each([
    ['H1 = 0x10', 2, 'H1 is neither a 32-bit number nor a range N-M'],
    ['H2 = 4294967296', 2, 'H2 is neither a 32-bit number nor a range N-M'],
    ['H2 = 9-8', 2, 'H2 is neither a 32-bit number nor a range N-M'],
    ['H3 = 1-3', 2, 'H3 and H1 overlap'],
    ['S1 = -1', 2, 'S1 is not a number up to 65535'],
    ['S4 = 65536', 2, 'S4 is not a number up to 65535'],
    ['Jmin = 9\nJmax = 8', 2, 'Jmin is more than Jmax'],
    ['I1 = <q 4>', 2, 'I1 has a part of unknown length'],
    ['I2 = <b 0xabc>', 2, 'I2 has a part of unknown length'],
    ['I3 = <r 65536>', 2, 'I3 has a part of unknown length'],
    ['HeaderProtectionKey = AAAA', 2, 'AmneziaWG 3 encrypts the message types: not supported'],
    ['RandomTrailers = true', 2, 'AmneziaWG 3 encrypts the message types: not supported'],
  ])('%s', (line, number, message) => {
    const { parameters, problems } = read(conf(line, 'S2 = 5'));
    expect(parameters).toBeNull();
    expect(problems).toContainEqual({ line: number, message });
  });
});

test('readAmneziaParameters() never throws', () => {
  const name = fc.constantFrom('Jc', 'Jmin', 'Jmax', 'S1', 'S4', 'H1', 'H2', 'I1', 'I5', 'RandomTrailers', '[Peer]');
  const line = fc.tuple(name, fc.string({ maxLength: 40 })).map(([key, value]) => `${key} = ${value}`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const { parameters, problems } = read(conf(...lines));
      if (problems.length > 0) expect(parameters).toBeNull();
    }),
  );
});
