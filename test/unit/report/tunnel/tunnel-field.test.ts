import { expect, test } from 'vitest';
import { TUNNEL_FIELDS, tunnelField } from '../../../../src/report/tunnel/tunnel-field.ts';
import { device, EMPTY, keyText, NOW, OFFICE } from '../tunnel-samples.ts';

const [TWO, THREE, FOUR] = [keyText(2), keyText(3), keyText(4)];

// wg(8), and what wg 1.0.20210914 prints: src/show.c, ugly_print().
test.each<readonly [string, string]>([
  ['public-key', `${keyText(0x11)}\n`],
  ['private-key', `${keyText(1)}\n`],
  ['listen-port', '51820\n'],
  ['fwmark', '0xca6c\n'],
  ['peers', `${TWO}\n${THREE}\n${FOUR}\n`],
  ['preshared-keys', `${TWO}\t(none)\n${THREE}\t${keyText(9)}\n${FOUR}\t(none)\n`],
  ['endpoints', `${TWO}\t(none)\n${THREE}\t[2001:db8::1]:51820\n${FOUR}\t192.0.2.1:1\n`],
  ['allowed-ips', `${TWO}\t(none)\n${THREE}\t10.0.0.0/24 fd00::/64\n${FOUR}\t0.0.0.0/0\n`],
  ['latest-handshakes', `${TWO}\t0\n${THREE}\t${NOW.seconds - 63}\n${FOUR}\t${NOW.seconds - 2}\n`],
  ['transfer', `${TWO}\t0\t0\n${THREE}\t1024\t1023\n${FOUR}\t0\t0\n`],
  ['persistent-keepalive', `${TWO}\toff\n${THREE}\t25\n${FOUR}\toff\n`],
])('%s, as wg prints it', (field, expected) => {
  expect(tunnelField([OFFICE], field, { all: false, showKeys: true })).toBe(expected);
  const all = expected.replace(/^/gm, 'wg0\t').replace(/wg0\t$/, '');
  const ofDevice = !/peers|-ips|endpoints|handshakes|transfer|keepalive|preshared/.test(field);
  const empty = ofDevice ? tunnelField([EMPTY], field, { all: true, showKeys: true }) : '';
  expect(tunnelField([OFFICE, EMPTY], field, { all: true, showKeys: true })).toBe(`${all}${empty}`);
  expect(empty).toMatch(ofDevice ? /^wg1\t(?:\(none\)|0|off)\n$/ : /^$/);
});

test('secrets are hidden unless asked for', () => {
  for (const field of TUNNEL_FIELDS) {
    const text = tunnelField([OFFICE], field, { all: false, showKeys: false });
    expect(text).not.toContain(keyText(1));
    expect(text).not.toContain(keyText(9));
  }
});

test('a hostile name adds neither lines nor columns', () => {
  expect(tunnelField([device({ name: 'a\tb\nc' })], 'fwmark', { all: true, showKeys: false })).toBe('a\\tb\\nc\toff\n');
});
