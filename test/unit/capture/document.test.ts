import { expect, test } from 'vitest';
import { captureDocument } from '../../../src/capture/document.ts';
import { createCaptureFacts, createCaptureInterface } from '../../../src/capture/file/capture-facts.ts';
import { SummaryCounter } from '../../../src/capture/summary.ts';
import { END_A, END_B, TunnelScene } from '../../support/tunnel-scene.ts';

const described = { linkType: 1, snaplenBytes: null, ticksPerSecond: 1e6, fcsBytes: 0 };
const statistics = { received: 10, accepted: 10, delivered: 9, droppedByInterface: 2, droppedBySystem: 3 };

function documentOf(interfaces: readonly Partial<ReturnType<typeof createCaptureInterface>>[]) {
  const facts = createCaptureFacts();
  facts.interfaces.push(...interfaces.map((told) => createCaptureInterface({ ...described, ...told })));
  const wireguard = new TunnelScene().data(0, END_A, END_B, 1, [0, 1]).data(0.5, END_B, END_A, 2, [0, 1]).report();
  return captureDocument({
    name: 'x.pcapng',
    version: '0',
    facts,
    fault: null,
    summary: new SummaryCounter().result(),
    wireguard,
    decryption: null,
    started: null,
  });
}

test.each([
  [
    'the statistics of its interfaces',
    [{ statistics }, { statistics: { ...statistics, droppedByInterface: null } }],
    8,
  ],
  ['its packets', [{ lostBetweenPackets: 4 }], 4],
  ['statistics rather than packets', [{ statistics, lostBetweenPackets: 4 }], 5],
])('dropped packets are taken from %s', (_name, interfaces, dropped) => {
  const document = documentOf(interfaces);
  expect(document.file.dropped_packets).toBe(dropped);
  expect(document.findings.map(({ code }) => code)).toEqual(['capture-dropped', 'started-mid-session']);
});

test('dropped_packets is null if the capture does not report dropped packets', () => {
  const { file, findings } = documentOf([{}]);
  expect(file).toMatchObject({ dropped_packets: null, started_at: null, duration_ns: null });
  expect(findings.map(({ code }) => code)).toEqual(['started-mid-session']);
});
