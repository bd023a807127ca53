import { describe, expect, test } from 'vitest';
import { Exposition } from '../../../src/metrics/exposition.ts';

describe('Exposition', () => {
  test('escapes labels and help as the format says', async () => {
    const out = new Exposition();
    out.gauge('winze_a', 'One \\ and\na second line "quoted".', [
      [{ a: 'x"y', b: 'back\\slash', c: 'new\nline' }, 1.5],
    ]);
    expect(await out.text()).toBe(
      '# HELP winze_a One \\\\ and\\na second line "quoted".\n# TYPE winze_a gauge\n' +
        'winze_a{a="x\\"y",b="back\\\\slash",c="new\\nline"} 1.5\n',
    );
  });

  test('has no series for what is not known, and no metric without a series', async () => {
    const out = new Exposition();
    out.gauge('winze_a', 'A.', [
      [{ of: 'x' }, null],
      [{ of: 'y' }, 0],
    ]);
    out.counter('winze_b_total', 'B.', [[{}, null]]);
    expect(await out.text()).toBe('# HELP winze_a A.\n# TYPE winze_a gauge\nwinze_a{of="y"} 0\n');
  });

  test('series of a metric may lack labels of others', async () => {
    const out = new Exposition();
    out.gauge('winze_a', 'A.', [
      [{ of: 'x' }, 1],
      [{ of: 'y', stat: 'p50' }, 2],
    ]);
    expect(await out.text()).toContain('winze_a{of="x"} 1\nwinze_a{of="y",stat="p50"} 2\n');
  });
});
