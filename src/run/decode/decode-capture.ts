/**
 * Decodes one capture from end to end: reads it, and takes its packets through all stages.
 *
 * @module
 */
import { CaptureReader } from '../../capture/file/capture-reader.ts';
import type { Condition } from '../../capture/filter/parse-filter.ts';
import { DecryptionCounter } from '../../capture/keys/decryption-counts.ts';
import type { EarlyMessages } from '../../capture/keys/early-messages.ts';
import { KeyLogBlocks } from '../../capture/keys/files/key-log-blocks.ts';
import { DecryptStage } from '../../capture/pipeline/decrypt-stage.ts';
import { DissectStage, type OnDissected } from '../../capture/pipeline/dissect-stage.ts';
import { FilterStage } from '../../capture/pipeline/filter-stage.ts';
import type { InnerSink, PacketSink } from '../../capture/pipeline/packet-sink.ts';
import type { ToldPorts } from '../../capture/ports/told-ports.ts';
import { MAX_FLOWS, Recogniser } from '../../capture/recognise/recogniser.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import { quoted } from '../../core/printable.ts';
import type { DecryptionKeys, LoadedKeys } from './decryption-keys.ts';
import { ClearMode, type Stages } from './modes/clear-mode.ts';
import type { DecodeMode, Pending } from './modes/decode-mode.ts';
import { DirectMode } from './modes/direct-mode.ts';
import { HeldMode, WORTH_WAITING } from './modes/held-mode.ts';
import { SummedMode } from './modes/summed-mode.ts';
import { PacketPipeline } from './packet-pipeline.ts';
import { PacketExit } from './sinks/packet-exit.ts';
import { StopReading } from './sources/stop-reading.ts';

/** Where packets come from. */
export interface PacketSource {
  /** As reports and messages have it. */
  readonly name: string;
  /** It has no end of its own: `signal` ends it. */
  readonly isLive: boolean;
  /** @see DecodePorts.readCapture */
  readonly read: (
    reader: CaptureReader,
    onRecord: (record: CaptureRecord) => void | Promise<void>,
    signal: AbortSignal,
    onPause: () => void | Promise<void>,
  ) => Promise<void>;
}

/** A sink that also hears of pauses, and can hold the reading back. */
export interface CaptureSink extends PacketSink {
  /** The next packet may be long in coming. */
  onPause(): void;
  /** Settles when more packets may come; `undefined`: now. A sink that is slower than we are must not fill our memory. */
  drained(): Pending;
}

export interface CaptureWishes<Sink extends CaptureSink> {
  /** `null`: all packets are wanted. */
  readonly condition: Condition | null;
  readonly told: ToldPorts;
  /** Packets that are wanted of those that meet the filter; infinite for all. */
  readonly count: number;
  readonly keys: DecryptionKeys;
  /** Comments in the file of decrypted packets name the capture. */
  readonly isOneOfSeveral: boolean;
  /** Sees all packets that meet the filter, as they are on the wire; `null`: none has to. */
  readonly onWirePacket: OnDissected | null;
  readonly signal: AbortSignal;
  readonly createSink: (reader: CaptureReader, recogniser: Recogniser) => Sink;
}

/** A capture that was read. */
export interface DecodedCapture<Sink extends CaptureSink> {
  readonly reader: CaptureReader;
  readonly sink: Sink;
  /** `null`: there were no keys. */
  readonly decryption: DecryptStage | null;
}

/**
 * Reads a capture until it ends, the last packet that is wanted was passed on, or `signal`.
 *
 * @throws NetError when the source cannot be opened. What is wrong inside it is `reader.fault`.
 */
export async function decodeCapture<Sink extends CaptureSink>(
  source: PacketSource,
  wishes: CaptureWishes<Sink>,
): Promise<DecodedCapture<Sink>> {
  const { condition, told, keys, signal, onWirePacket } = wishes;
  const reader = new CaptureReader();
  const recogniser = new Recogniser(MAX_FLOWS, keys.amnezia);
  const sink = wishes.createSink(reader, recogniser);
  const counter = new DecryptionCounter();
  const innerSink = innerSinkOf(keys, wishes.isOneOfSeveral ? quoted(source.name) : null);
  const filter = new FilterStage({ condition, told, sink, innerSink, counter });
  const dissect = new DissectStage(recogniser, told, onWirePacket && wantedBy(filter, onWirePacket));
  const { innerFile } = keys;
  const exit = new PacketExit({ count: wishes.count, filter, innerFile, drained: () => sink.drained() });
  const blocks = new KeyLogBlocks(reader.facts);
  const mayUseThreads = !source.isLive && wishes.count > WORTH_WAITING;
  const stages = { dissect, filter, exit };
  const mode = firstMode({ stages, keys, blocks, counter, sink, mayUseThreads });
  const pipeline = new PacketPipeline(dissect, exit, mode);
  const onPause = async (): Promise<void> => {
    await pipeline.drain();
    sink.onPause();
  };
  try {
    await source.read(reader, (record) => pipeline.take(record), signal, onPause);
  } catch (error) {
    if (!(error instanceof StopReading)) throw error;
  }
  await pipeline.finish();
  const problems = blocks.problemText();
  if (problems !== null) keys.notice(`${quoted(source.name)}: ${problems}`);
  return { reader, sink, decryption: pipeline.mode.decryption };
}

/** What is wrong with the capture itself, in one line; `null`: nothing is. */
export function faultText({ fault }: CaptureReader): string | null {
  return fault === null ? null : `frame ${fault.frame}, offset ${fault.fileOffset}: ${fault.words}`;
}

interface ModeParts {
  readonly stages: Stages;
  readonly keys: DecryptionKeys;
  readonly blocks: KeyLogBlocks;
  readonly counter: DecryptionCounter;
  readonly sink: PacketSink;
  readonly mayUseThreads: boolean;
}

function firstMode(parts: ModeParts): DecodeMode {
  const { stages, keys, blocks } = parts;
  if (keys.loaded !== null) return directMode(parts, keys.loaded, null);
  return new ClearMode(stages, blocks, async (early) => directMode(parts, await keys.load(), early));
}

function directMode(parts: ModeParts, loaded: LoadedKeys, early: EarlyMessages | null): DirectMode {
  const { stages, keys, blocks, counter, mayUseThreads } = parts;
  const decryption = new DecryptStage({ ...loaded, blocks, addKeyLog: keys.addKeyLog, counter });
  if (early !== null) decryption.replay(early);
  return new DirectMode(
    stages,
    decryption,
    keys,
    mayUseThreads ? (direct) => threadedMode(parts, loaded, direct) : null,
  );
}

async function threadedMode(parts: ModeParts, loaded: LoadedKeys, direct: DirectMode): Promise<DecodeMode> {
  const { stages, keys, counter, sink } = parts;
  const { isAnyOrder } = stages.filter;
  // To copy a packet and to read its plaintext out of another processor's cache takes 1 µs.
  if (!isAnyOrder && loaded.opener.isFast) return direct;
  const threads = await keys.startThreads();
  if (threads === null) return direct;
  return isAnyOrder
    ? new SummedMode(stages, direct.decryption, threads, counter, sink.innerTunnels)
    : new HeldMode(stages, direct, threads);
}

function innerSinkOf({ innerFile }: DecryptionKeys, comment: string | null): InnerSink | null {
  return innerFile && ((record) => innerFile.add(record, comment));
}

function wantedBy(filter: FilterStage, take: OnDissected): OnDissected {
  return (record, stack) => {
    if (filter.wants(record, stack)) take(record, stack);
  };
}
