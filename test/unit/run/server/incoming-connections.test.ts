import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { IncomingConnections } from '../../../../src/run/server/incoming-connections.ts';

test('a connection that was reset before it was accepted has no address, and is not reported', () => {
  const told: string[] = [];
  const incoming = new IncomingConnections(false, 10, {
    onControl: () => told.push('control'),
    onData: () => told.push('data'),
    countsConnections: () => false,
    onRefused: (client) => told.push(client),
  });
  // One without a peer, as getpeername() finds it then (ENOTCONN).
  const socket = new Socket();
  incoming.receive(socket);
  expect([socket.destroyed, incoming.sockets.size, told]).toEqual([true, 0, []]);
});
