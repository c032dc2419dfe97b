/** Times in the viewer's own language and zone. */

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** With seconds: for a timeline. */
export const clockTime = (instant: string): string => clock.format(new Date(instant));

/** The time alone for today, else with its date. */
export function dayAndTime(instant: string): string {
  const date = new Date(instant);
  return date.toDateString() === new Date().toDateString() ? short.format(date) : full.format(date);
}
