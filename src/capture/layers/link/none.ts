/**
 * The entry of the layer table for `LAYER.none`.
 *
 * @module
 */
import { LAYER } from '../../dissect/layer-kind.ts';
import type { Layer } from '../layer.ts';

/** No layer: ends dissection. Never stored in a layer stack. */
export const none: Layer = {
  name: 'none',
  group: 'message',
  dissect: () => LAYER.none,
  carriers: {},
  tunnel: null,
  title: null,
};
