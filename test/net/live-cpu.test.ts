/** Processor use of both ends while a test runs, on loopback. */
import { expect, test } from 'vitest';
import type { ClientEvent, LiveCpu } from '../../src/core/shapes/events.ts';
import { measure, withServer } from './harness.ts';
import { openScriptedServer } from './scripted-server.ts';

async function toldBy(port: number, more: object): Promise<readonly LiveCpu[]> {
  const told: LiveCpu[] = [];
  const onEvent = (event: ClientEvent): void => {
    if (event.tag === 'cpu') told.push(event);
  };
  await measure(port, { duration_ns: 2.6e9, direction: 'download' }, { ...more, onEvent });
  return told;
}

test.each(['auto', 'portable'] as const)(
  'both ends tell it, once a second, where the client asks; %s',
  async (engine) => {
    await withServer({ engine }, async ({ port }) => {
      expect(await toldBy(port, { engine })).toEqual([]);
      const told = await toldBy(port, { engine, live_cpu: true });
      expect(told.length).toBeGreaterThanOrEqual(2);
      const last = told.at(-1);
      // A test that goes as fast as it can uses both: they are one process here.
      expect(last?.client_ratio).toBeGreaterThan(0);
      expect(last?.server_ratio).toBeGreaterThan(0);
    });
  },
);

test('an older server is not known', async () => {
  const server = await openScriptedServer({ dieAt: null, older: true });
  const told = await toldBy(server.port, { live_cpu: true });
  await server.close();
  for (const { server_ratio } of told) expect(server_ratio).toBeNull();
});
