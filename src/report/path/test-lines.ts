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

/** The lines of one result. @param name - the target as it was named */
export function testLines(result: PathTestResult, name: string, paint: Paint): readonly string[] {
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
      return httpLines(result, name, paint);
    default:
      return result satisfies never;
  }
}
