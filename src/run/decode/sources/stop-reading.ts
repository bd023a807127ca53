/** Is thrown to stop reading a capture early, because no more packets are needed. It is not a failure. */
export class StopReading extends Error {}
