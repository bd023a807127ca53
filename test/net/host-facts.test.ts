/** When hosts are described: after the tests, and never beside one. */
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type ResultDocument, serve } from '../../dist/index.js';
import { expectValid, ROOT, WITH_HOST_FACTS, winze, winzeServer } from './harness.ts';

const order: string[] = [];
vi.mock('../../dist/run/host/gather-details.js', () => {
  order.push('loaded');
  return {
    gatherDetails: async () => {
      order.push('asked');
      return { details: { system: 'mine' }, links: { lo: { medium: 'virtual' } } };
    },
  };
});

test('the client loads and asks nothing before its last test is over', async () => {
  const { connect } = await import('../../dist/index.js');
  const server = await serve({ port: 0, addresses: ['127.0.0.1'] });
  const host = { host: '127.0.0.1', port: server.port, tests: [{ duration_ns: 50e6 }, { duration_ns: 50e6 }] };
  order.length = 0;
  const plain = await connect(host);
  expect([plain.client.details, order], 'the library is not asked for it').toEqual([null, []]);
  const onEvent = ({ tag }: { readonly tag: string }): void => {
    if (['test-started', 'test-ended', 'ended'].includes(tag)) order.push(tag);
  };
  const document = await connect({ ...host, host_details: true, onEvent });
  await server.close();
  const tests = ['test-started', 'test-ended', 'test-started', 'test-ended'];
  expect(order).toEqual([...tests, 'loaded', 'asked', 'ended']);
  expect([document.client.details, document.paths[0]?.client.link]).toEqual([
    { system: 'mine' },
    { medium: 'virtual' },
  ]);
});

const built = existsSync(join(ROOT, 'dist/bundle/winze.js'));
if (!built) console.warn('skipped: bin/winze.js needs dist; run npm run build');
describe.skipIf(!built)('winze', () => {
  test('describes both ends, and neither where it is told not to', async () => {
    const server = await winzeServer(WITH_HOST_FACTS);
    const client = (...argv: string[]) =>
      winze(['-c', '127.0.0.1', '-port', String(server.port), '-d', '100ms', '--json', '-q', ...argv]).ended;
    const [told, untold] = [await client(WITH_HOST_FACTS), await client()];
    server.kill('SIGINT');
    expect([told.status, told.stderr, (await server.ended).stderr]).toEqual([0, '', '']);
    const document = JSON.parse(told.stdout) as ResultDocument;
    expectValid(document);
    // What Node knows of the host as well; how much more comes in time is up to the machine.
    const memory_bytes = totalmem();
    expect(document.client.details).toMatchObject({ memory_bytes });
    expect(document.server?.details).toMatchObject({ memory_bytes, default_gateway: null });
    if (process.platform === 'linux') {
      const link = { medium: 'virtual', driver: null, duplex: null, speed_bps: null, wireless: null };
      expect(document.paths[0]).toMatchObject({ client: { link }, server: { link } });
    }
    expect((JSON.parse(untold.stdout) as ResultDocument).client.details).toBeNull();
  });
});
