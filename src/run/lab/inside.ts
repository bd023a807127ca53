/**
 * The lab inside its namespaces: creates the line and the tunnels, runs the tests, and builds the document.
 *
 * @module
 */
import { messageOf, NetError } from '../../core/errors.ts';
import { LAB_SCHEMA, type LabConfig, type LabEvent, type LabLeftOut, type LabLink } from '../../core/shapes/lab.ts';
import { VERSION } from '../../core/version.ts';
import { addedRoundTrip, labOverhead, labRows } from '../../measure/lab/lab-rows.ts';
import { hostFacts } from '../../system/host.ts';
import { abortError } from '../client/abort.ts';
import { type Gathered, measure } from './measure.ts';
import { mountOwn, mountRunDirectory } from './mounts.ts';
import { otherLoad } from './other-load.ts';
import { bringUpRows } from './paths.ts';
import { createLink, type Link } from './relay/link.ts';
import { FarSide } from './sides/far-side.ts';
import type { LabReport } from './sides/messages.ts';

type Outcome = Extract<LabReport, { readonly tag: 'ended' | 'failed' }>;

/**
 * Runs the whole lab.
 *
 * @returns the document, or why nothing was measured and what may work instead
 * @throws NetError when nothing was measured for another reason
 */
export async function runInside(config: LabConfig): Promise<Outcome> {
  const startedAt = new Date().toISOString();
  const leftOut: LabLeftOut[] = [];
  const onEvent = (event: LabEvent): void => {
    if (event.tag === 'left-out') leftOut.push(event.left_out);
    config.onEvent(event);
  };
  let ready: { readonly far: FarSide; readonly link: Link; readonly port: number; readonly seesProcesses: boolean };
  try {
    await mountRunDirectory();
    await mountOwn('sysfs');
    const seesProcesses = await mountOwn('proc');
    const far = await FarSide.open();
    const link = await createLink(config.line, far);
    ready = { far, link, port: await far.serve(config.engine), seesProcesses };
  } catch (error) {
    return { tag: 'failed', instead: 'namespaces', code: 'ERR_UNSUPPORTED', message: messageOf(error) };
  }
  const { far, link, port, seesProcesses } = ready;
  onEvent({ tag: 'link', mode: 'namespaces', link: { ...link.facts, added_rtt_ns: null, relay: null } });
  const rows = await unlessAborted(bringUpRows({ ...config, onEvent }, far, port), config.signal);
  if (rows.length === 1) {
    return { tag: 'failed', instead: 'engines', code: 'ERR_UNSUPPORTED', message: noTunnelWords(leftOut) };
  }
  const otherBusyCores = await otherLoad();
  const gathered = await measure({ ...config, onEvent }, link, rows, port, seesProcesses);
  const { error, tests, paths, loaded, counted } = gathered;
  if (tests.length === 0) throw error ?? new NetError('ERR_PEER_LOST', 'no test was completed');
  return {
    tag: 'ended',
    document: {
      schema: LAB_SCHEMA,
      tool: { name: 'winze', version: VERSION },
      started_at: startedAt,
      title: config.title,
      host: hostFacts(),
      other_busy_cores: otherBusyCores,
      mode: 'namespaces',
      link: await linkFacts(link, gathered),
      rows: labRows(gathered),
      overhead: labOverhead(gathered),
      left_out: leftOut,
      paths,
      tests,
      loaded_tests: loaded,
      counted_tests: counted,
      expectations: [],
      complete: error === null,
      error: error && { code: error.code, message: error.message },
    },
  };
}

/** Why there is no tunnel at all, with each reason once. */
function noTunnelWords(leftOut: readonly LabLeftOut[]): string {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))].map((reason) => {
    const names = leftOut.filter((one) => one.reason === reason).map(({ what }) => what);
    return `${names.join(', ')}: ${reason}`;
  });
  return `no tunnel can be had here (${reasons.join('; ')})`;
}

/** Waits for work that cannot be aborted. It ends with the near process. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortError(signal));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject);
  });
}

async function linkFacts(link: Link, gathered: Gathered): Promise<LabLink> {
  const counts = await link.counts();
  const relay = counts && { ...counts, busiest_ratio: gathered.relayBusiest };
  return { ...link.facts, added_rtt_ns: addedRoundTrip(link.facts, gathered.tests), relay };
}
