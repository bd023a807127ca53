/**
 * The configuration protocol of userspace WireGuard, spoken without wg(8).
 *
 * @see https://www.wireguard.com/xplatform/
 * @module
 */
import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends one operation, `get=1` or `set=1` with its lines, and returns the lines of the answer. */
export async function uapi(socket: string, ...lines: readonly string[]): Promise<readonly string[]> {
  const connection = connect(socket).setEncoding('utf8').setTimeout(10_000);
  let answer = '';
  connection.on('data', (text: string) => {
    answer += text;
    if (answer.endsWith('\n\n')) connection.end();
  });
  connection.on('timeout', () => connection.destroy(new Error(`no answer from ${socket} in 10 s`)));
  connection.write(`${lines.join('\n')}\n\n`);
  await once(connection, 'close');
  return answer.trimEnd().split('\n');
}

/** A key as the protocol writes it. */
export function hexKey(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
