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
  /** The first lane of the same test, which may be the result itself. */
  readonly first: PathTestResult | undefined;
}

/** The lines of one result. */
export function testLines(result: PathTestResult, { name, first }: TestContext, paint: Paint): readonly string[] {
  switch (result.test) {
    case 'trace':
    case 'mtr':
      return traceLines(result, name, paint);
    case 'mtu':
      return mtuLines(result, name, paint);
    case 'ping':
    case 'latency':
      return pingLines(result, name, paint);
    case 'connections':
      return connectionsLines(result, name, paint);
    case 'http':
      return httpLines(result, { name, told: first?.test === 'http' && first !== result ? first : null }, paint);
    default:
      return result satisfies never;
  }
}
