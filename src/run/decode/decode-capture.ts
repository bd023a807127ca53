/**
 * Decodes one capture from start to end: reads it, and passes its packets through all stages.
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
import type { DecodeAsRules } from '../../capture/ports/decode-as-rules.ts';
import { MAX_FLOWS, Recogniser } from '../../capture/recognise/recogniser.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import { quoted } from '../../core/printable.ts';
import type { DecryptionKeys, LoadedKeys } from './decryption-keys.ts';
import { ClearMode, type Stages } from './modes/clear-mode.ts';
import type { DecodeMode, Pending } from './modes/decode-mode.ts';
import { DirectMode } from './modes/direct-mode.ts';
import { HeldMode, MIN_HELD_PACKETS } from './modes/held-mode.ts';
import { SummedMode } from './modes/summed-mode.ts';
import { PacketPipeline } from './packet-pipeline.ts';
import { ReadControl } from './sinks/read-control.ts';
import { StopReading } from './sources/stop-reading.ts';

/** A capture to read: a file, octets, or a device. */
export interface PacketSource {
  /** Its name in reports and messages. */
  readonly name: string;
  /** Whether it is a live capture, which only `signal` ends. */
  readonly isLive: boolean;
  /** @see DecodePorts.readCapture */
  readonly read: (
    reader: CaptureReader,
    onRecord: (record: CaptureRecord) => void | Promise<void>,
    signal: AbortSignal,
    onPause: () => void | Promise<void>,
  ) => Promise<void>;
}

/** A sink that is also told about pauses, and can stop the reader until it has room. */
export interface CaptureSink extends PacketSink {
  /** Is called when the source has no further packet yet. */
  onPause(): void;
  /**
   * Resolves when the sink can take more packets; `undefined` if it can now. So a sink that is slower than the reader
   * does not fill the memory.
   */
  drained(): Pending;
}

/** How a capture is to be decoded, and into which sink. */
export interface CaptureSettings<Sink extends CaptureSink> {
  /** The filter; `null` for all packets. */
  readonly condition: Condition | null;
  readonly decodeAs: DecodeAsRules;
  /** Packets after which reading ends, counting those that pass the filter; infinite for all. */
  readonly count: number;
  readonly keys: DecryptionKeys;
  /** Whether comments in the file of decrypted packets name the capture, since it has packets of several. */
  readonly isOneOfSeveral: boolean;
  /** Is called with every outer packet that matches the filter; `null` if that is not needed. */
  readonly onOuterPacket: OnDissected | null;
  readonly signal: AbortSignal;
  readonly createSink: (reader: CaptureReader, recogniser: Recogniser) => Sink;
}

/** A capture that was read. */
export interface DecodedCapture<Sink extends CaptureSink> {
  readonly reader: CaptureReader;
  readonly sink: Sink;
  /** `null` if there were no keys. */
  readonly decryption: DecryptStage | null;
}

/**
 * Reads a capture until it ends, `count` packets have passed, or `signal` is aborted.
 *
 * @throws NetError if the source cannot be opened. Errors inside the file are in `reader.fault`.
 */
export async function decodeCapture<Sink extends CaptureSink>(
  source: PacketSource,
  settings: CaptureSettings<Sink>,
): Promise<DecodedCapture<Sink>> {
  const { condition, decodeAs, keys, signal, onOuterPacket: onWirePacket } = settings;
  const reader = new CaptureReader();
  const recogniser = new Recogniser(MAX_FLOWS, keys.amnezia);
  const sink = settings.createSink(reader, recogniser);
  const counter = new DecryptionCounter();
  const innerSink = innerSinkOf(keys, settings.isOneOfSeveral ? quoted(source.name) : null);
  const filter = new FilterStage({ condition, decodeAs, sink, innerSink, counter });
  const dissect = new DissectStage(recogniser, decodeAs, onWirePacket && wantedBy(filter, onWirePacket));
  const { innerFile } = keys;
  const readControl = new ReadControl({ count: settings.count, filter, innerFile, drained: () => sink.drained() });
  const blocks = new KeyLogBlocks(reader.facts);
  const mayUseThreads = !source.isLive && settings.count > MIN_HELD_PACKETS;
  const stages = { dissect, filter, readControl };
  const mode = firstMode({ stages, keys, blocks, counter, sink, mayUseThreads });
  const pipeline = new PacketPipeline(dissect, readControl, mode);
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

/** The error inside a capture file, in one line for the user; `null` if there is none. */
export function faultText({ fault }: CaptureReader): string | null {
  return fault === null ? null : `frame ${fault.frame}, offset ${fault.fileOffset}: ${fault.message}`;
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
  // Copying a packet, and reading its plaintext from the cache of another processor, takes 1 µs.
  if (!isAnyOrder && loaded.messageDecrypter.isFast) return direct;
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
