import { expect, test } from 'vitest';
import { host, localAddress } from '../../../../src/options/values/address-values.ts';
import { type Read, ValueError } from '../../../../src/options/values/value-error.ts';
import * as values from '../../../../src/options/values/values.ts';

test.each<[string, Read<unknown>, string, unknown]>([
  ['wholeNumber', values.wholeNumber(1, 16), '16', 16],
  ['rate', values.rate, '1.5G', 1.5e9],
  ['size', values.size(1, 2 ** 20), '128K', 131_072],
  ['duration', values.duration(0, 60e9), '1m', 60e9],
  ['gap', values.gap(1e6, 60e9), '0', 1e6],
  ['gap', values.gap(1e6, 60e9), '.1', 1e8],
  ['share', values.share, '0.5%', 0.005],
  ['oneOf', values.oneOf(['a', 'b']), 'b', 'b'],
  ['listOf', values.listOf(['a', 'b'], new Map()), 'b, a', ['b', 'a']],
  ['tos', values.tos, '0xb8', 184],
  ['dscp', values.dscp, 'EF', 184],
  ['host', host, '[2001:db8::1]', '2001:db8::1'],
  ['localAddress', localAddress, '[::1]', '::1'],
])('%s reads %3$s', (_name, read, text, value) => expect(read(text)).toEqual(value));

test.each<[string, Read<unknown>, string, RegExp]>([
  ['wholeNumber', values.wholeNumber(1, 16), '17', /^expected a whole number, 1 to 16$/],
  ['rate', values.rate, '100MB', /; for 100MB a second write 800M$/],
  ['rate', values.rate, '100', /^that is 100 bit\/s; for megabits per second write 100M$/],
  ['size', values.size(1, 2 ** 20), '2M', /^expected 1 B to 1 MiB$/],
  ['duration', values.duration(0, 60e9), '5000', /; that is seconds: for milliseconds write 5000ms$/],
  ['duration', values.duration(0, 100 * 86_400e9, '; so'), '200d', /^expected at most 100d; so$/],
  ['gap', values.gap(1e6, 60e9), '1us', /^expected at least 1 ms$/],
  ['share', values.share, '0.5', /: write 0\.5%$/],
  ['share', values.share, '51%', /^expected at most 50%/],
  ['oneOf', values.oneOf(['a', 'b']), 'c', /^expected a or b$/],
  ['listOf', values.listOf(['a'], new Map([['z', 'not there']])), 'a,z', /^not there$/],
  ['listOf', values.listOf(['a'], new Map()), 'a,a', /^names the same one twice$/],
  ['congestionControl', values.congestionControl, 'a b', /^expected a name such as cubic or bbr$/],
  ['device', values.device, 'an/other', /^expected a network device such as eth0$/],
  ['file', values.file, '-', /^expected the name of a file$/],
  ['title', values.title, 'two\nlines', /^expected one line/],
  ['host', host, 'h%eth0', /^give the device by itself: h --dev eth0$/],
  ['localAddress', localAddress, 'fe80::1%a b', /^expected an address of this host/],
])('%s refuses %3$j', (_name, read, text, message) => {
  expect(() => read(text)).toThrow(ValueError);
  expect(() => read(text)).toThrow(message);
});
