import { describe, expect, test } from 'vitest';
import { StreamProbes } from '../../../../src/path/ping/stream-probes.ts';

const TOKEN = Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7);
/** The layout of docs/protocol.md, written by hand: magic, type, stream, token, sequence 0x0102, sent 0x0304. */
const HEADER = '0000 a0a1a2a3a4a5a6a7 0000000000000102 0000000000000304';

function octets(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function reply({ type = '04', header = HEADER, bytes = 56 } = {}): Uint8Array {
  const message = new Uint8Array(bytes);
  message.set(octets(`77 ${type} ${header}`).subarray(0, bytes));
  return message;
}

describe('StreamProbes', () => {
  test('a probe has the layout of the protocol, and zeros behind', () => {
    const probe = new StreamProbes(0, TOKEN, 56).of(0x0102, 0x0304);
    expect([...probe]).toEqual([...octets(`77 03 ${HEADER} ${'00'.repeat(28)}`)]);
  });

  test('a reply has the number of its probe, in 53 bits', () => {
    const probes = new StreamProbes(0, TOKEN, 56);
    expect(probes.sequenceOf(reply())).toBe(0x0102);
    const header = HEADER.replace('0000000000000102', '0000000100000002');
    expect(probes.sequenceOf(reply({ header }))).toBe(2 ** 32 + 2);
  });

  test.each([
    ['of another test', reply({ header: HEADER.replace('a7', 'a8') })],
    ['of another stream', reply({ header: HEADER.replace(/^0000/, '0001') })],
    ['a keepalive', reply({ type: '05' })],
    ['a probe that came back unchanged', reply({ type: '03' })],
    ['too short for a reply', reply({ bytes: 51 })],
    ['empty', new Uint8Array()],
  ])('a message that is %s is no reply', (_name, message) => {
    expect(new StreamProbes(0, TOKEN, 56).sequenceOf(message)).toBeUndefined();
  });

  test('a quote of 28 octets names its probe, a shorter one and that of a reply do not', () => {
    const probes = new StreamProbes(0, TOKEN, 56);
    expect(probes.sequenceOfSent(reply({ type: '03', bytes: 28 }))).toBe(0x0102);
    expect(probes.sequenceOfSent(reply({ type: '03', bytes: 27 }))).toBeUndefined();
    expect(probes.sequenceOfSent(reply({ type: '04' }))).toBeUndefined();
  });
});
