import { expect, test } from 'vitest';
import { formatDocument } from '../../../src/report/json.ts';
import { comparison } from './samples.ts';

test('formatDocument() is the document, readable, with a line break at the end', () => {
  const document = comparison();
  const text = formatDocument(document);
  expect(JSON.parse(text)).toEqual(document);
  expect(text.split('\n').slice(0, 3)).toEqual(['{', '  "schema": "winze-result/1",', '  "tool": {']);
  expect(text.endsWith('}\n')).toBe(true);
});
