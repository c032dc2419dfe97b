/** Time, passed in. */
export interface Clock {
  now(): Date;
}
export const CLOCK = Symbol('clock');
export const systemClock: Clock = { now: () => new Date() };
