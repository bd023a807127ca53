/**
 * Captures on a device of this host, packet by packet, until it is told to stop.
 *
 * @module
 */
import type { CaptureReader } from '../../../capture/file/capture-reader.ts';
import { NetError } from '../../../core/errors.ts';
import { type OnPause, type OnRecord, readChunks } from '../read-capture.ts';
import { CAPTURE_TOOLS } from './capture-tool.ts';
import { startChild } from './child-source.ts';
import type { LivePlan, LiveSource, LiveStatistics } from './live-source.ts';
import { startPcap } from './pcap-source.ts';

/**
 * Gives every packet to `onRecord`. The package `pcap` captures where it is installed, else tcpdump, else dumpcap.
 *
 * @param signal - ends the capture: what was captured by then is given to its last packet
 * @throws NetError `ERR_USAGE` for a device or a filter that does not exist, `ERR_UNSUPPORTED` where nothing can
 * capture or it is not permitted
 */
export async function captureLive(
  plan: LivePlan,
  reader: CaptureReader,
  onRecord: OnRecord,
  signal: AbortSignal,
  onPause?: OnPause,
  onBegun?: () => void,
): Promise<LiveStatistics> {
  const source = await startSource(plan);
  if (onBegun) void source.begun.then(onBegun);
  const stop = (): void => source.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await readChunks(source.chunks, reader, onRecord, undefined, onPause);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return source.statistics();
}

async function startSource(plan: LivePlan): Promise<LiveSource> {
  const inProcess = await startPcap(plan);
  if (inProcess) return inProcess;
  for (const tool of CAPTURE_TOOLS) {
    const source = await startChild(tool, plan);
    if (source) return source;
  }
  throw new NetError('ERR_UNSUPPORTED', 'nothing here can capture: install tcpdump, dumpcap or the npm package pcap');
}
