/**
 * What is left when nothing more is known.
 *
 * @module
 */
import { LAYER } from '../../dissect/layer-kind.ts';
import type { Layer } from '../layer.ts';

export const none: Layer = {
  name: 'none',
  group: 'message',
  step: () => LAYER.none,
  carriers: {},
  tunnel: null,
  title: null,
};
