import { expect, test } from 'vitest';
import { checkJson, checkText } from '../../../../src/report/tunnel/tunnel-check.ts';
import { parseTunnelConfig } from '../../../../src/tunnel/config/parse.ts';

const FINDINGS = [
  { line: 0, column: 0, key: null, severity: 'warning', message: 'others can read it', fix: 'chmod 600 it' },
  { line: 7, column: 3, key: 'MTU', severity: 'error', message: '"x" is not an MTU', fix: 'write bytes' },
] as const;

test('checkText() prints FILE:LINE: severity: Key: message; fix', () => {
  expect(checkText('wg0.conf', FINDINGS)).toBe(
    'wg0.conf: warning: others can read it; chmod 600 it\nwg0.conf:7: error: MTU: "x" is not an MTU; write bytes\n',
  );
  expect(checkText('wg0.conf', [])).toBe('');
});

test('checkText() keeps one line a finding and the terminal as it is, whatever file and name hold', () => {
  const { problems } = parseTunnelConfig('[\x1b[2J]\n[Interface]\nEndp\x1b[1moint = 1\nMTU = \u202e\nTable = "\\"');
  const text = checkText('a\n\x1b[31mb', problems);
  expect(text.trimEnd().split('\n')).toHaveLength(problems.length);
  expect(text.replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/);
});

test('of each severity there are 100, and the number of the others', () => {
  const [warning, error] = FINDINGS;
  const many = [...Array.from({ length: 130_000 }, () => warning), ...Array.from({ length: 101 }, () => error)];
  const lines = checkText('wg0.conf', many).trimEnd().split('\n');
  expect(lines).toHaveLength(100 + 101 + 1);
  expect(lines.at(-1)).toBe('wg0.conf: warning: and 129900 more warnings');
  const document = JSON.parse(checkJson('wg0.conf', many));
  expect([document.errors, document.warnings, document.findings.length]).toEqual([101, 130_000, 201]);
});

test('checkJson() counts errors and warnings, and has null where there is no place', () => {
  expect(JSON.parse(checkJson('wg0.conf', FINDINGS))).toEqual({
    schema: 'winze-tunnel-check/1',
    file: 'wg0.conf',
    errors: 1,
    warnings: 1,
    findings: [{ ...FINDINGS[0], line: null, column: null }, FINDINGS[1]],
  });
});
