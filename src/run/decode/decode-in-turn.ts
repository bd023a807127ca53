/**
 * Decodes several captures in turn, with the same keys, and compares two.
 *
 * @module
 */
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import { CapturePair } from '../../capture/join/capture-pair.ts';
import type { Recogniser } from '../../capture/recognise/recogniser.ts';
import {
  type CaptureSettings,
  type CaptureSink,
  type DecodedCapture,
  decodeCapture,
  type PacketSource,
} from './decode-capture.ts';

/** What is wanted of all captures. */
export interface CaptureSeries<Sink extends CaptureSink>
  extends Pick<CaptureSettings<Sink>, 'condition' | 'decodeAs' | 'count' | 'keys' | 'signal'> {
  /** Whether captures are compared if there are two. */
  readonly isCompared: boolean;
  readonly createSink: (source: PacketSource, reader: CaptureReader, recogniser: Recogniser) => Sink;
  /** Called when a capture was read. */
  readonly onDecoded: (source: PacketSource, decoded: DecodedCapture<Sink>) => void;
}

/**
 * Decodes the captures in the order given, until all are read or `signal` aborts.
 *
 * @returns the comparison of two captures; `null` if none was wanted, or there are not two
 * @throws NetError when a source cannot be opened
 */
export async function decodeInTurn<Sink extends CaptureSink>(
  sources: readonly PacketSource[],
  { isCompared, createSink, onDecoded, ...wishes }: CaptureSeries<Sink>,
): Promise<CapturePair | null> {
  const [first, second] = sources;
  const pair = isCompared && first && second && sources.length === 2 ? new CapturePair(first.name, second.name) : null;
  for (const source of sources) {
    if (wishes.signal.aborted) break;
    pair?.beginCapture();
    const decoded = await decodeCapture<Sink>(source, {
      ...wishes,
      isOneOfSeveral: sources.length > 1,
      onOuterPacket: pair?.add ?? null,
      createSink: (reader, recogniser) => createSink(source, reader, recogniser),
    });
    onDecoded(source, decoded);
  }
  return pair;
}
