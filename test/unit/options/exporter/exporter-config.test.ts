import { describe, expect, test } from 'vitest';
import { exporterConfig } from '../../../../src/options/exporter/exporter-config.ts';

const read = (text: string) => exporterConfig(text, 'x.yml');

describe('exporterConfig()', () => {
  test('has usual modules, none of which loads the line', () => {
    const { modules, listen, secret_file } = read('');
    expect([...modules.keys()]).toEqual(['latency', 'mtu', 'path', 'tunnel', 'ping']);
    expect([...modules.values()].map(({ kind }) => kind)).not.toContain('bandwidth');
    expect([listen, secret_file]).toEqual([{ address: '127.0.0.1', port: 9890 }, null]);
  });

  test('reads YAML and JSON alike', () => {
    const yaml =
      'listen: "[::1]:1"\nsecret_file: s\nmodules:\n  b:\n    kind: bandwidth\n    bytes: 10M\n    budget: 1G\n';
    const json =
      '{"listen":"[::1]:1","secret_file":"s","modules":{"b":{"kind":"bandwidth","bytes":"10M","budget":"1G"}}}';
    expect(read(yaml)).toEqual(read(json));
    expect(read(yaml).modules.get('b')).toEqual({
      kind: 'bandwidth',
      protocol: 'tcp',
      direction: 'upload',
      streams: 1,
      bytes: 10 * 2 ** 20,
      budget_bytes: 2 ** 30,
      via: null,
    });
  });

  test.each([
    ['modles: {}', 'x.yml line 1: modles: no key of an exporter; did you mean modules?'],
    [
      'modules:\n  a:\n    kind: latency\n\n    gapp: 1ms',
      'x.yml line 5: modules.a.gapp: no key of a module of kind latency; did you mean gap?',
    ],
    ['modules:\n  a:\n    kind: latency\n    gap: 1us', 'x.yml line 4: modules.a.gap: 1us: expected at least 1 ms'],
    ['modules:\n  a:\n    kind: speed', /^x\.yml line 3: modules\.a\.kind: speed: expected latency or tunnel or /],
    ['modules:\n  a: {}', /^x\.yml line 2: modules\.a\.kind: it is missing; one of latency, /],
    ['modules:\n  a: latency', 'x.yml line 2: modules.a: expected keys below it'],
    ['modules:\n  b: {kind: bandwidth, budget: 1G}', /^x\.yml line 2: modules\.b\.bytes: it is missing/],
    ['modules:\n  b: {kind: bandwidth, bytes: 1M}', /^x\.yml line 2: modules\.b\.budget: it is missing/],
    ['modules:\n  b: {kind: bandwidth, bytes: 2M, budget: 1M}', /less than the bytes of one probe$/],
    ['modules:\n  a: {kind: latency, server: false, protocol: udp}', /udp is for a server of winze/],
    ['modules:\n', 'x.yml line 1: modules: there is none; leave it out for those that are usual'],
    ['listen: :9', /^x\.yml line 1: listen: :9: for all addresses write /],
    ['a: 1\na: 2', /^x\.yml line 2: Map keys must be unique/],
    ['a: [1', /^x\.yml line 1: /],
    ['- a', 'x.yml line 1: expected keys'],
    ['secret_file: [a]', 'x.yml line 1: secret_file: expected one value'],
    ['modules: &a\n  m: *a', 'x.yml line 2: modules.m: expected keys below it'],
    ['"\\e[31m": 1', /^x\.yml line 1: \\x1b\[31m: no key/],
  ])('tells line and key of %j', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }));
    expect(() => read(text)).toThrow(message);
  });
});
