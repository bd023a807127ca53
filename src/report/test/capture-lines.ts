/**
 * Figures of the captures that ran during tests through a tunnel (`--during`), below the comparison.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { ResultDocument, TestResult } from '../../core/shapes/result.ts';
import type { CapturedDirection, TestCapture } from '../../core/shapes/test-capture.ts';
import { countText, percentText, ratioText, sizeText, UNKNOWN } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { pathLabels } from './path-words.ts';
import { testName } from './spec-words.ts';

/** Two or three lines for each test that was captured, then each note once. No lines if nothing was captured. */
export function captureLines({ paths, tests }: ResultDocument, paint: Paint): readonly string[] {
  const labels = pathLabels(paths);
  const captured = tests.flatMap((test) => (test.capture === null ? [] : [{ test, capture: test.capture }]));
  if (captured.length === 0) return [];
  const notes = new Set(captured.flatMap(({ capture }) => capture.notes));
  return [
    ...wrap('Captured: messages of the tunnel, and its IP packets on the line').map(paint.bold),
    ...captured.flatMap(({ test, capture }) => testLines(test, capture, labels.get(test.path) ?? UNKNOWN)),
    ...[...notes].flatMap((note) => wrap(printable(note, 400))).map(paint.warn),
    '',
  ];
}

function testLines(test: TestResult, { up, down }: TestCapture, label: string): readonly string[] {
  const head = `round ${countText(test.round)}, ${testName(test.config)}, ${label}`;
  return [
    ...wrap(head),
    ...(['up', 'down'] as const).flatMap((name) => {
      const direction = name === 'up' ? up : down;
      return direction.outer_bytes === null ? [] : wrap(`  ${name}: ${directionWords(direction)}`);
    }),
  ];
}

function directionWords(direction: CapturedDirection): string {
  const { messages_sent: sent, messages_received: received, lost, loss_ratio, lost_at_sender: atSender } = direction;
  const parts = [`${countText(sent)} sent, ${countText(received)} received`];
  if (lost !== null) parts.push(`${countText(lost)} lost (${percentText(loss_ratio)})`);
  if (atSender !== null && lost === null) parts.push(`${countText(atSender)} lost in the sender's host`);
  if (atSender !== null && lost !== null && lost > 0) parts.push(`${countText(atSender)} of them in the sender's host`);
  const { outer_bytes: outer, outer_bytes_per_inner_byte: inner, outer_bytes_per_payload_byte: ratio } = direction;
  const times = [
    ...(inner === null ? [] : [`${ratioText(inner.min)}..${ratioText(inner.max)} × inside`]),
    ...(ratio === null ? [] : [`${ratioText(ratio)} × payload`]),
  ];
  parts.push(`${sizeText(outer)}${times.length === 0 ? '' : ` (${times.join(', ')})`}`);
  return parts.join(', ');
}
