import { expect, test } from 'vitest';
import { play } from './fakes.ts';

const file = (text: string) => ({ bytes: new TextEncoder().encode(text), mode: 0o600 });

test('winze exporter without a file has usual modules, and says where', async () => {
  const { code, stdout, exporters } = await play(['exporter', '--listen', '9']);
  expect([code, exporters[0]?.config.listen, exporters[0]?.secret]).toEqual([
    0,
    { address: '127.0.0.1', port: 9 },
    null,
  ]);
  expect(stdout).toBe('Probes at http://127.0.0.1:9890/probe?target=HOST&module=latency|mtu|path|tunnel|ping\n');
});

test('winze exporter reads modules and the secret from files', async () => {
  const secret = '0123456789abcdef';
  const { code, exporters } = await play(['exporter', '--config=x.yml'], {
    secrets: { 'x.yml': file('secret_file: key\nmodules:\n  m: {kind: mtu}\n'), key: file(`${secret}\n`) },
  });
  expect([code, [...(exporters[0]?.config.modules.keys() ?? [])]]).toEqual([0, ['m']]);
  expect(new TextDecoder().decode(exporters[0]?.secret ?? undefined)).toBe(secret);
});

test.each([
  [['--config', 'x.yml'], 'x.yml line 2: modules.m: expected keys below it'],
  [['--config', 'missing'], '--config missing: cannot read the file: ENOENT'],
  [['--listen', ':9'], 'for all addresses write 0.0.0.0:9 or [::]:9'],
])('winze exporter %j is exit 2, before it listens', async (argv, message) => {
  const { code, stdout, stderr, exporters } = await play(['exporter', ...argv], {
    secrets: { 'x.yml': file('modules:\n  m: mtu\n') },
  });
  expect([code, stdout, exporters]).toEqual([2, '', []]);
  expect(stderr).toContain(message);
  expect(stderr.split('\n')).toHaveLength(2);
});
