/**
 * Property tests draw the same cases in every run, so that a failure is that of the change at hand.
 * Another seed draws others: `WINZE_SEED=$RANDOM npm test`. What one finds becomes a test of its own.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.WINZE_SEED ?? 20_261_124) });
