/**
 * Validation of the capture counts that the other end reports.
 *
 * @module
 */
import {
  type Bounds,
  type CapturedMessages,
  type CapturedSession,
  type EndCapture,
  MAX_CAPTURED_SESSIONS,
} from '../../core/shapes/test-capture.ts';
import { flag, list, nullable, object, oneOf, type Shape, text, whole } from '../shape.ts';

const MAX_INDEX = 2 ** 32 - 1;

const lane: Shape<CapturedSession> = object<CapturedSession>({
  receiver_index: whole(0, MAX_INDEX),
  received: whole(0),
  lost: whole(0),
  counter_min: whole(0),
  counter_max: whole(0),
  is_whole: flag,
});

const way: Shape<CapturedMessages> = object<CapturedMessages>({
  lanes: list(lane, MAX_CAPTURED_SESSIONS),
  messages: whole(0),
  keepalives: whole(0),
  outer_bytes: whole(0),
  inner_bytes: object<Bounds>({ min: whole(0), max: whole(0) }),
  stale: whole(0),
});

/** Checks an `EndCapture`. */
export const endCapture: Shape<EndCapture> = object<EndCapture>({
  reason: nullable(oneOf('not-allowed', 'cannot', 'busy', 'no-path', 'broken')),
  device: nullable(text(64)),
  kernel_drops: nullable(whole(0)),
  sent: nullable(way),
  received: nullable(way),
});
