/** Raised to leave a capture early. */
export class Enough extends Error {}
