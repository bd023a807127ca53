import { expect, test } from 'vitest';
import { exitCodeOf, exitCodeOfDocument, withOutputFailure } from '../../../src/cli/exit-codes.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';
import type { ClientConfig } from '../../../src/core/shapes/config.ts';
import { documentOf } from '../../cli/fakes.ts';

test.each<[ErrorCode, number]>([
  ['ERR_USAGE', 2],
  ['ERR_CONNECT', 3],
  ['ERR_PEER_PROTOCOL', 3],
  ['ERR_REFUSED', 4],
  ['ERR_UNSUPPORTED', 5],
  ['ERR_OUTPUT', 5],
  ['ERR_ABORTED', 6],
  ['ERR_PEER_LOST', 6],
  ['ERR_NOTHING_RECEIVED', 6],
])('%s exits %d (DESIGN.md, section 4)', (code, status) => expect(exitCodeOf(code)).toBe(status));

const config: Pick<ClientConfig, 'host' | 'port' | 'via' | 'tests' | 'title'> = {
  host: 'h',
  port: 1,
  via: [],
  tests: [],
  title: null,
};
const met = { expression: 'loss<1%', measured: 0, met: true };
const missed = { expression: 'loss<1%', measured: 0.5, met: false };

test.each([
  [true, [], 0],
  [true, [met], 0],
  [true, [met, missed], 1],
  [false, [], 6],
  [false, [missed], 6],
])('a document that is complete: %s with expectations %j exits %d', (complete, expectations, status) => {
  expect(exitCodeOfDocument(documentOf(config, { complete, expectations }))).toBe(status);
});

test('a file that cannot be written hides no worse failure', () => {
  expect([0, 1, 3, 6, 70].map((code) => withOutputFailure(code as 0))).toEqual([5, 5, 3, 6, 70]);
});
