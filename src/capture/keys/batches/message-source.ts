/**
 * The source of a message.
 *
 * @module
 */
import { LAYER } from '../../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack } from '../../dissect/layer-stack.ts';
import { PATH_KEY_WORDS, readPathKey, sourceText } from '../../wireguard/path/path-key.ts';

/**
 * Source address and port of the datagram whose payload is the last layer, as in `192.0.2.1:51820`; `null` if that
 * layer is not in a UDP datagram.
 */
export function messageSource(stack: LayerStack): string | null {
  const udp = stack.count - 2;
  const ip = ipBefore(stack, udp);
  if (kindAt(stack, udp) !== LAYER.udp || ip < 0) return null;
  const key = new Int32Array(PATH_KEY_WORDS);
  readPathKey(stack, ip, udp, key);
  return sourceText(key);
}
