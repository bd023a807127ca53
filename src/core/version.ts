/**
 * Version of this package.
 *
 * @module
 */
/** Version of winze, as in package.json; a test compares them. */
export const VERSION = '0.1.0';
