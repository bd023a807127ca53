import { expect, test } from 'vitest';
import { createLayerStack } from '../../../../src/capture/dissect/layer-stack.ts';
import { DissectStage } from '../../../../src/capture/pipeline/dissect-stage.ts';
import { MAX_WAITING } from '../../../../src/capture/pipeline/lookahead.ts';
import { NO_DECODE_AS } from '../../../../src/capture/ports/decode-as-rules.ts';
import { Recogniser } from '../../../../src/capture/recognise/recogniser.ts';
import type { CaptureRecord } from '../../../../src/capture/record.ts';
import type { DecodeMode, Pending } from '../../../../src/run/decode/modes/decode-mode.ts';
import { PacketPipeline } from '../../../../src/run/decode/packet-pipeline.ts';
import { StopReading } from '../../../../src/run/decode/sources/stop-reading.ts';
import { ipPieces } from '../../../support/fragments.ts';
import { icmpEcho, ipv4, recordOf, udp, wireguardData } from '../../../support/packets.ts';
import { END_A, END_B } from '../../../support/tunnel-scene.ts';

const ping = ipv4(1, icmpEcho());
const record = (bytes: Uint8Array, frame: number): CaptureRecord => recordOf(bytes, { linkType: 101, frame });

/** Takes packets as it is told to, and notes what was asked of it. */
class ScriptedMode implements DecodeMode {
  readonly decryption = null;
  readonly log: string[];
  readonly #dissect: DissectStage;
  readonly #stack = createLayerStack();
  /** What is missing before the next packet is taken. */
  missing = 0;
  next: DecodeMode = this;
  pending: Pending;

  constructor(dissect: DissectStage, log: string[]) {
    this.#dissect = dissect;
    this.log = log;
  }

  isReady(): boolean {
    return this.missing === 0;
  }

  async makeReady(): Promise<DecodeMode> {
    this.log.push('ready');
    this.missing--;
    return this.next;
  }

  take({ frame, ...rest }: CaptureRecord): Pending {
    if (this.#dissect.dissect({ frame, ...rest }, this.#stack)) this.log.push(`take ${frame}`);
    return this.pending;
  }

  async drain(): Promise<void> {
    this.log.push('drain');
  }

  async finish(): Promise<void> {
    this.log.push('finish');
  }
}

function scene() {
  const dissect = new DissectStage(new Recogniser(), NO_DECODE_AS, null);
  const log: string[] = [];
  const mode = new ScriptedMode(dissect, log);
  const exit = { isOver: false };
  const pipeline = new PacketPipeline(dissect, exit, mode);
  return { dissect, log, mode, exit, pipeline };
}

test('take() makes the mode ready until it can take the packet, and goes on with the next mode', async () => {
  const { dissect, log, mode, pipeline } = scene();
  const other = new ScriptedMode(dissect, log);
  mode.missing = 2;
  await pipeline.take(record(ping, 1));
  expect(log).toEqual(['ready', 'ready', 'take 1']);
  mode.missing = 1;
  mode.next = other;
  await pipeline.take(record(ping, 2));
  expect(pipeline.mode).toBe(other);
  expect(pipeline.take(record(ping, 3))).toBeUndefined();
  expect(log.slice(3)).toEqual(['ready', 'take 2', 'take 3']);
});

const [first = new Uint8Array(), second = new Uint8Array()] = ipPieces(
  END_A,
  END_B,
  udp(END_A.port, END_B.port, wireguardData(7, 1, 1400)),
  [800],
);

test('packets after a first fragment wait for the next fragment, and are taken in order, one at a time', async () => {
  const { log, mode, pipeline } = scene();
  let settle: () => void = () => undefined;
  pipeline.take(record(first, 1));
  pipeline.take(record(ping, 2));
  expect(log).toEqual([]);
  mode.pending = new Promise((resolve) => {
    settle = resolve;
  });
  const taken = pipeline.take(record(second, 3));
  expect(log).toEqual(['take 1']);
  mode.pending = undefined;
  settle();
  await taken;
  expect(log).toEqual(['take 1', 'take 2', 'take 3']);
});

test('finish() takes the packets that wait', async () => {
  const { log, pipeline } = scene();
  pipeline.take(record(first, 1));
  pipeline.take(record(ping, 2));
  await pipeline.finish();
  expect(log).toEqual(['take 1', 'take 2', 'drain', 'finish']);
});

test('finish() takes no packet after the last one that is needed', async () => {
  const { log, exit, pipeline } = scene();
  pipeline.take(record(first, 1));
  exit.isOver = true;
  await pipeline.finish();
  expect(log).toEqual(['finish']);
});

test('a mode can end the reading, and finish() does not fail then', async () => {
  const { log, mode, pipeline } = scene();
  for (let frame = 1; frame < MAX_WAITING; frame++) pipeline.take(record(frame === 1 ? first : ping, frame));
  expect(log).toEqual([]);
  mode.pending = Promise.reject(new StopReading());
  await expect(pipeline.take(record(ping, MAX_WAITING))).rejects.toBeInstanceOf(StopReading);
  mode.pending = Promise.reject(new StopReading());
  await pipeline.finish();
  expect(log.at(-1)).toBe('finish');
});
