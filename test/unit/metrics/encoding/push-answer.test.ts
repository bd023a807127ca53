import { describe, expect, test } from 'vitest';
import { type PushAnswer, verdictOf } from '../../../../src/metrics/encoding/push-answer.ts';

const answer = (changes: Partial<PushAnswer>): PushAnswer => ({
  status: 200,
  retryAfterMs: null,
  location: null,
  body: '',
  ...changes,
});

describe('verdictOf()', () => {
  test.each([
    [{ status: 204 }, { tag: 'delivered', words: null }],
    [{ body: '{"partialSuccess":{}}' }, { tag: 'delivered', words: null }],
    [
      { body: '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}}' },
      { tag: 'delivered', words: '3 points were rejected: too old' },
    ],
    [{ status: 503 }, { tag: 'later', words: 'HTTP 503', afterMs: null }],
    [
      { status: 429, retryAfterMs: 2000 },
      { tag: 'later', words: 'HTTP 429', afterMs: 2000 },
    ],
    [
      { status: 401, body: '{"code":"unauthorized","message":"no token"}' },
      { tag: 'refused', words: 'HTTP 401: no token' },
    ],
    [
      { status: 400, body: '{"error":"unable to parse"}' },
      { tag: 'refused', words: 'HTTP 400: unable to parse' },
    ],
    [
      { status: 404, body: '404 page not found\n' },
      { tag: 'refused', words: 'HTTP 404: 404 page not found' },
    ],
    [
      { status: 400, body: 'a\x1b[2Jb\nc' },
      { tag: 'refused', words: 'HTTP 400: a\\x1b[2Jb\\nc' },
    ],
    [
      { status: 307, location: 'http://x/\x1b' },
      { tag: 'refused', words: 'HTTP 307: it redirects to http://x/\\x1b, which is not followed; write that URL' },
    ],
    [{ status: 500 }, { tag: 'refused', words: 'HTTP 500' }],
    [
      { status: 200, body: '[]' },
      { tag: 'delivered', words: null },
    ],
    [
      { status: 200, body: 'null' },
      { tag: 'delivered', words: null },
    ],
  ])('%j', (changes, verdict) => {
    expect(verdictOf(answer(changes))).toEqual(verdict);
  });
});
