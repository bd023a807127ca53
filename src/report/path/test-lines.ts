/**
 * The result of one test of a path in lines, by its kind.
 *
 * @module
 */
import type { PathTestResult } from '../../core/shapes/path/document.ts';
import type { Paint } from '../text/paint.ts';
import { connectionsLines } from './lanes/connections-lines.ts';
import { httpLines } from './lanes/http-lines.ts';
import { pingLines } from './lanes/ping-lines.ts';
import { mtuLines } from './mtu-lines.ts';
import { traceLines } from './trace-lines.ts';

/** What the lines of a result depend on besides it. */
export interface TestContext {
  /** The target as it was named. */
  readonly name: string;
  /** The source, where several are compared; else `null`. */
  readonly from: string | null;
  /** The first lane of the same test, which may be the result itself. */
  readonly first: PathTestResult | undefined;
}

/** The lines of one result. */
export function testLines(result: PathTestResult, { first, ...context }: TestContext, paint: Paint): readonly string[] {
  const name = result.via ?? context.name;
  const start = { name, from: context.from };
  switch (result.test) {
    case 'trace':
    case 'mtr':
      return traceLines(result, start, paint);
    case 'mtu':
      return mtuLines(result, start, paint);
    case 'ping':
    case 'latency':
      return pingLines(result, start, paint);
    case 'connections':
      return connectionsLines(result, name, paint);
    case 'http':
      return httpLines(result, { name, told: first?.test === 'http' && first !== result ? first : null }, paint);
    default:
      return result satisfies never;
  }
}
