/**
 * Where the metrics of a run go besides its result: a file for node_exporter, an endpoint over HTTP.
 *
 * Both come after the result. What fails is told in one line, and changes no figure.
 *
 * @module
 */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotWrite } from '../../../core/cannot-write.ts';
import type { ClientEvent } from '../../../core/shapes/events.ts';
import type { MeasuredDocument } from '../../../core/shapes/metrics/measured-document.ts';
import type { PushEndpoint } from '../../../core/shapes/metrics/push-endpoint.ts';
import { VERSION } from '../../../core/version.ts';
import { documentSamples, subjectOf } from '../../../metrics/document/document-samples.ts';
import { isoNanos } from '../../../metrics/document/iso-time.ts';
import { RoundSamples } from '../../../metrics/document/round-samples.ts';
import type { MetricFamily } from '../../../metrics/document/sample-set.ts';
import { influxLines } from '../../../metrics/encoding/influx-lines.ts';
import { otlpMetrics } from '../../../metrics/encoding/otlp-metrics.ts';
import { prometheusText } from '../../../metrics/encoding/prometheus-text.ts';
import type { DecodePorts } from '../../decode/decode-ports.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { OpenOutput } from '../../output/streams.ts';
import { isoTime, wallNow } from '../../wall.ts';
import { post } from './post.ts';
import { PushQueue } from './push-queue.ts';
import { pushAuthorization, TOKEN_VARIABLE } from './push-token.ts';

/** What the options ask for. */
export interface MetricOptions {
  readonly push?: PushEndpoint;
  readonly pushTokenFile?: string;
  readonly textfile?: string;
  readonly title?: string;
}

/** What they need of the process. */
export interface MetricPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: DecodePorts['readFile'];
  readonly openOutput: OpenOutput;
  readonly onSignal: (listener: (signal: string) => void) => () => void;
}

/** The outputs of one run. */
export interface MetricOutputs {
  /** Sends what a round of a comparison has, while the next one goes on. */
  readonly event: (event: ClientEvent) => void;
  /**
   * Writes and sends what the run ended with. A signal ends the sending at once.
   *
   * @returns whether the file was written, or none was asked for
   */
  readonly ended: (document: MeasuredDocument) => Promise<boolean>;
}

/**
 * Opens the outputs. A file that cannot be made is found before the test.
 *
 * @param say - prints a failure or a warning
 * @throws NetError `ERR_OUTPUT` for the file; `ERR_USAGE` for a token
 */
export async function openMetricOutputs(
  options: MetricOptions,
  ports: MetricPorts,
  say: (message: string) => void,
): Promise<MetricOutputs> {
  const { push, pushTokenFile, textfile } = options;
  if (textfile !== undefined) await tryTextfile(textfile, ports.openOutput);
  const authorization =
    push === undefined
      ? null
      : await pushAuthorization(push.format, {
          file: pushTokenFile,
          variable: ports.env[TOKEN_VARIABLE],
          readFile: ports.readFile,
          onWarning: say,
        });
  const queue = new PushQueue({ post, now: monotonicNow, wait, limit: (ms) => AbortSignal.timeout(ms) });
  const startedAt = isoTime(wallNow());
  const send = (families: readonly MetricFamily[], subject: Subject, at: string): void => {
    if (push !== undefined) queue.add(requestOf(push, authorization, families, { ...subject, startedAt: at }));
  };
  const rounds = new RoundSamples();
  return {
    event: (event) => {
      const families = rounds.event(event);
      if (families !== null) send(families, { host: hostname(), title: options.title ?? null }, startedAt);
    },
    ended: async (document) => {
      const families = documentSamples(document);
      const isWritten = textfile === undefined || (await writeTextfile(textfile, families, ports.openOutput, say));
      if (push === undefined) return isWritten;
      const { host } = subjectOf(document);
      send(families, { host: host ?? hostname(), title: document.title }, document.started_at);
      const ending = new AbortController();
      const dispose = ports.onSignal(() => ending.abort());
      const lost = await queue.finish(ending.signal);
      dispose();
      if (lost !== null) say(`--push ${endpointText(push.url)}: ${lost}`);
      return isWritten;
    },
  };
}

interface Subject {
  readonly host: string;
  readonly title: string | null;
}

function requestOf(
  { format, url }: PushEndpoint,
  authorization: string | null,
  families: readonly MetricFamily[],
  { host, title, startedAt }: Subject & { readonly startedAt: string },
) {
  const timeNs = isoNanos(isoTime(wallNow())) ?? '0';
  const resource = {
    'service.name': 'winze',
    'service.version': VERSION,
    // Prometheus makes its label `instance` of it: two hosts that test one target are two series.
    'service.instance.id': host,
    'host.name': host,
    ...(title !== null && { 'winze.title': title }),
  };
  const body =
    format === 'influx'
      ? influxLines(families, { host }, timeNs)
      : otlpMetrics(families, { startNs: isoNanos(startedAt) ?? timeNs, timeNs, version: VERSION, resource });
  const headers = {
    'Content-Type': format === 'influx' ? 'text/plain; charset=utf-8' : 'application/json',
    'User-Agent': `winze/${VERSION}`,
    ...(authorization !== null && { Authorization: authorization }),
  };
  return { url, headers, body };
}

/** Without the query, which names databases and may be long. */
function endpointText(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  // It rejects when it is aborted.
  await sleep(ms, undefined, { signal }).catch(() => {});
}

async function tryTextfile(path: string, openOutput: OpenOutput): Promise<void> {
  try {
    await (await openOutput(path, 'result')).discard();
  } catch (error) {
    throw cannotWrite('--textfile', path, error);
  }
}

async function writeTextfile(
  path: string,
  families: readonly MetricFamily[],
  openOutput: OpenOutput,
  say: (message: string) => void,
): Promise<boolean> {
  try {
    const file = await openOutput(path, 'result');
    try {
      await file.write(await prometheusText(families));
    } catch (error) {
      await file.discard();
      throw error;
    }
    await file.commit();
    return true;
  } catch (error) {
    say(cannotWrite('--textfile', path, error).message);
    return false;
  }
}
