/**
 * Captures on a device of this host, packet by packet, until it is stopped.
 *
 * @module
 */
import process from 'node:process';
import type { CaptureReader } from '../../../capture/file/capture-reader.ts';
import { NetError } from '../../../core/errors.ts';
import { wallNow } from '../../wall.ts';
import { type OnPause, type OnRecord, readChunks } from '../read-capture.ts';
import { CAPTURE_TOOLS } from './capture-tool.ts';
import { startChild } from './child-source.ts';
import type { LivePlan, LiveSource, LiveStatistics, SourceChoice } from './live-source.ts';
import { startPcap } from './pcap-source.ts';
import { sinceBegun } from './since-begun.ts';

/** Callbacks during a live capture. */
export interface LiveWatch {
  readonly onPause?: OnPause | undefined;
  /** Is called with the tool that captures. */
  readonly onSource?: (choice: SourceChoice) => void;
  /** Is called when every further packet is captured, or when it is certain that none will be. */
  readonly onBegun?: () => void;
}

/**
 * Calls `onRecord` with every packet since the capture began. It captures with the package `pcap` if that is installed,
 * otherwise with tcpdump, otherwise with dumpcap.
 *
 * @param signal - ends the capture; all packets captured until then are still passed on
 * @throws NetError `ERR_USAGE` if the device or the filter does not exist, `ERR_UNSUPPORTED` if no tool is installed,
 * or capturing is not permitted
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
    await readChunks(source.chunks, reader, sinceBegun(source.begun, wallNow, onRecord), undefined, onPause);
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
