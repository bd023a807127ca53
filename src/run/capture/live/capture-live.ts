/**
 * Captures on a device of this host, packet by packet, until it is told to stop.
 *
 * @module
 */
import process from 'node:process';
import type { CaptureReader } from '../../../capture/file/capture-reader.ts';
import { NetError } from '../../../core/errors.ts';
import { type OnPause, type OnRecord, readChunks } from '../read-capture.ts';
import { CAPTURE_TOOLS } from './capture-tool.ts';
import { startChild } from './child-source.ts';
import type { LivePlan, LiveSource, LiveStatistics, SourceChoice } from './live-source.ts';
import { startPcap } from './pcap-source.ts';

/** What is told meanwhile. */
export interface LiveWatch {
  readonly onPause?: OnPause | undefined;
  readonly onSource?: (choice: SourceChoice) => void;
  readonly onBegun?: () => void;
}

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
  { onPause, onSource, onBegun }: LiveWatch = {},
): Promise<LiveStatistics> {
  const { source, choice } = await startSource(plan);
  onSource?.(choice);
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

async function startSource(plan: LivePlan): Promise<{ readonly source: LiveSource; readonly choice: SourceChoice }> {
  const inProcess = await startPcap(plan);
  if (typeof inProcess !== 'string') return { source: inProcess, choice: { tool: 'pcap', passedOver: [] } };
  const passedOver = [inProcess];
  for (const tool of CAPTURE_TOOLS) {
    const source = await startChild(tool, plan);
    if (source) return { source, choice: { tool: tool.program, passedOver } };
    passedOver.push(`${tool.program} is not installed`);
  }
  const why = passedOver.join(', ');
  const advice =
    process.platform === 'win32'
      ? 'install Wireshark with Npcap, and add its folder to PATH'
      : 'install tcpdump, dumpcap or pcap';
  throw new NetError('ERR_UNSUPPORTED', `nothing here can capture: ${why}; ${advice}`);
}
