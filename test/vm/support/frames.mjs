// @ts-check
/**
 * What goes between a command outside of the machine and its process inside: frames of a kind, a length, and octets.
 *
 * ```text
 * kind (1) | length (4, big endian) | octets
 * ```
 *
 * @module
 */
import { once } from 'node:events';

/** @typedef {{ argv: string[], cwd: string, env: Record<string, string> }} Command */
/** @typedef {{ status: number | null, signal: NodeJS.Signals | null }} Ending */

export const KIND = {
  /** To the machine, first: a `Command` in JSON. */
  run: 0,
  /** To the machine: standard input; of length 0: its end. */
  stdin: 1,
  /** To the machine: the name of a signal. */
  signal: 2,
  stdout: 3,
  stderr: 4,
  /** From the machine, last: an `Ending` in JSON. */
  end: 5,
};

/** TCP port of the agent in the machine. */
export const AGENT_PORT = 7;
/** It is reached by this one, on the loopback of the namespace that QEMU runs in. */
export const HOST_PORT = 7000;

const HEADER_BYTES = 5;

/**
 * @param {number} kind
 * @param {Uint8Array | string} octets
 */
export function frame(kind, octets) {
  const body = Buffer.from(octets);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(kind, 0);
  header.writeUInt32BE(body.length, 1);
  return Buffer.concat([header, body]);
}

/**
 * Sends what a stream gives, to its end, no faster than the socket takes it.
 *
 * @param {import('node:stream').Readable} stream
 * @param {number} kind
 * @param {import('node:net').Socket} socket
 */
export async function sendAll(stream, kind, socket) {
  try {
    for await (const data of stream) if (!socket.write(frame(kind, data))) await once(socket, 'drain');
  } catch {
    // The socket or the stream was closed before its end: whoever has them is told by themselves.
  }
}

/**
 * Reads frames from a socket, whatever pieces they come in.
 *
 * @param {import('node:net').Socket} socket
 * @param {(kind: number, octets: Buffer) => void} onFrame
 */
export function readFrames(socket, onFrame) {
  let left = Buffer.alloc(0);
  socket.on('data', (data) => {
    left = Buffer.concat([left, data]);
    while (left.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + left.readUInt32BE(1);
      if (left.length < end) return;
      const octets = left.subarray(HEADER_BYTES, end);
      const kind = left.readUInt8(0);
      left = left.subarray(end);
      onFrame(kind, octets);
    }
  });
}
