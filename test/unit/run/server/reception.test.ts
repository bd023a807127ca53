import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Reception } from '../../../../src/run/server/reception.ts';

test('a connection that was reset before it was accepted has no name, and is not told of', () => {
  const told: string[] = [];
  const reception = new Reception(false, {
    onControl: () => told.push('control'),
    onData: () => told.push('data'),
    onRefused: (client) => told.push(client),
  });
  // One without a peer, as getpeername() finds it then (ENOTCONN).
  const socket = new Socket();
  reception.receive(socket);
  expect([socket.destroyed, reception.sockets.size, told]).toEqual([true, 0, []]);
});
