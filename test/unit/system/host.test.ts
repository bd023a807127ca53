import { expect, test } from 'vitest';
import { hostFacts } from '../../../src/system/host.ts';

test('hostFacts() fills every field', () => {
  const facts = hostFacts();
  expect(facts.node).toMatch(/^\d+\.\d+\.\d+/);
  expect(facts.cores).toBeGreaterThanOrEqual(1);
  expect(facts.arch).toBe(process.arch);
  for (const text of [facts.hostname, facts.os, facts.cpu]) expect(text).not.toBe('');
});
