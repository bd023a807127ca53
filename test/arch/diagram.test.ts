import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diagram } from '../../diagram.mjs';

test('docs/rooms.svg is what the sources say (node diagram.mjs draws it anew)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/rooms.svg'), 'utf8')).toBe(diagram());
});
