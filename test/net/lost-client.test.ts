/** Data connections of a client that was given up: a reset ends them, so that nothing is repeated to nobody. */
import { describe, expect, test } from 'vitest';
import { systemCodeOf } from '../../src/core/errors.ts';
import type { TestSpec } from '../../src/core/shapes/spec.ts';
import { MS, withServer } from './harness.ts';
import { ScriptedClient } from './scripted-client.ts';

const FOR_EVER = { duration_ns: 60_000 * MS };

// How a sender ends is in test/unit/run/linux/tcp-send.test.ts: here its data comes before the reset.
const TESTS: readonly (readonly [name: string, wish: Partial<TestSpec>])[] = [
  ['a receiver', { direction: 'upload', ...FOR_EVER }],
  ['a reflector', { test: 'latency', ...FOR_EVER }],
];

describe.each(['auto', 'portable'] as const)('when the client is gone, %s', (engine) => {
  test.each(TESTS)('%s resets its connection', async (_, wish) => {
    await withServer({ engine }, async ({ port }) => {
      const client = await ScriptedClient.connect(port);
      await client.until('welcome');
      const { token } = await client.open({ protocol: 'tcp', ...wish });
      const socket = await client.openTcpStream(token, 0);
      let error: unknown;
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', (one) => {
        error = one;
      });
      await client.start();
      client.leaveStreams();
      socket.resume();
      await closed;
      expect(systemCodeOf(error)).toBe('ECONNRESET');
    });
  });
});
