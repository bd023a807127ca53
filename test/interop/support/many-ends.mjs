/**
 * Many servers, or many clients, in one process: `many-ends.mjs serve|connect JSON`, a list of cells.
 * Every event is a line of JSON with the cell's name and the time.
 */
import { connect, serve } from '../../../dist/index.js';

const [, , what, json] = process.argv;
/** @typedef {{ name: string } & import('../../../dist/index.js').ClientOptions} Cell */
/** @type {Cell[]} */
const cells = JSON.parse(json);
const tell = (line) => process.stdout.write(`${JSON.stringify({ at: Date.now(), ...line })}\n`);
const LIMITS = { max_clients: 1, max_rate_bps: null, max_duration_ns: null, max_streams: 128 };

/** Resolves once a server listens, or a client's test is under way or over: each begins after the one before. @param {Cell} cell */
function begin({ name, ...cell }) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const onEvent = (event) => {
        const { tag, reason } = event;
        if (!tag.endsWith('interval')) tell({ name, tag, reason });
        if (tag === 'listening' || tag === 'test-started' || tag === 'queued') resolve();
      };
      if (what === 'serve') return void serve({ ...cell, limits: LIMITS, onEvent });
      const over = (reason) => {
        tell({ name, tag: 'over', reason });
        resolve();
      };
      connect({ ...cell, onEvent }).then(
        ({ error }) => over(error?.message ?? null),
        (error) => over(error.message),
      );
    })
  );
}

for (const cell of cells) await begin(cell);
