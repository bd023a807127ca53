import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { LAYER } from '../../src/capture/dissect/layer-kind.ts';
import { createLayerStack, findLayer, offsetAt } from '../../src/capture/dissect/layer-stack.ts';
import { readMessageType } from '../../src/capture/layers/encrypted/wireguard.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import { CORPUS, CORPUS_MISSING, eachRecord } from '../support/corpus.ts';

const hasGenerated = existsSync(join(CORPUS, 'generated'));

/** Messages by type, quoted ones apart, trains split. */
function messagesOf(file: string): { readonly byType: number[]; readonly quoted: number; readonly errors: number } {
  const dissector = new Dissector({ recogniser: new Recogniser(64) });
  const stack = createLayerStack();
  const byType = [0, 0, 0, 0];
  let quoted = 0;
  let errors = 0;
  eachRecord(file, (record) => {
    dissector.dissect(record, stack);
    if (stack.error !== null) errors++;
    const layer = findLayer(stack, LAYER.wireguard);
    if (layer < 0) return;
    if (stack.quotedFrom >= 0) {
      quoted++;
      return;
    }
    const at = offsetAt(stack, layer);
    const wireBytes = stack.wireBytes[layer] ?? 0;
    const { segmentBytes } = stack;
    const type = readMessageType(stack.bytes, at);
    byType[type - 1] = (byType[type - 1] ?? 0) + Math.ceil(wireBytes / segmentBytes);
  });
  return { byType, quoted, errors };
}

describe.skipIf(!hasGenerated)(hasGenerated ? 'captures of wireguard-go' : CORPUS_MISSING, () => {
  test.each([
    ['wg-basic-psk/outerA.pcap', [2, 2, 0, 1329], 0],
    ['wg-lossy/outerA.pcap', [1, 1, 0, 5479], 0],
    // TShark counts seven: the three that ICMP errors quote as well.
    ['wg-retry/outerA.pcap', [4, 1, 0, 60], 3],
    ['wg-cookie/outerA.pcap', [2, 1, 1, 24], 0],
    ['wg-v6outer/outerA.pcap', [1, 1, 0, 153], 0],
    ['wg-blackhole/outerA.pcap', [1, 1, 0, 61], 0],
    ['udp-gso/sender.pcap', [0, 0, 0, 105], 0],
    ['udp-gso/receiver.pcap', [0, 0, 0, 105], 0],
  ])('%s has the messages that were sent', (file, byType, quoted) => {
    expect(messagesOf(`generated/${file}`)).toMatchObject({ byType, quoted });
  });

  const variants = hasGenerated ? readdirSync(join(CORPUS, 'generated/formats')).filter((n) => /\.pcap/.test(n)) : [];
  const BROKEN = /^(bad|trunc)|^ng-(bad|epb-bad|no-idb|trunc)|^snap42|^ng-two-sections/;
  test.each(variants.filter((name) => !BROKEN.test(name)))('formats/%s has 40 messages', (name) => {
    const { byType, errors } = messagesOf(`generated/formats/${name}`);
    expect(byType.reduce((sum, count) => sum + count)).toBe(40);
    expect(errors).toBe(0);
  });

  test.each([
    ['bad-ihl.pcap', 39, 1],
    ['bad-udplen.pcap', 39, 1],
    ['snap42.pcap', 0, 0],
  ])('formats/%s has %i messages, and %i errors', (name, count, errors) => {
    const found = messagesOf(`generated/formats/${name}`);
    expect(found.byType.reduce((sum, one) => sum + one)).toBe(count);
    expect(found.errors).toBe(errors);
  });
});
