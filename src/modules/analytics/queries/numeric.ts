/** PostgreSQL's `numeric` and `bigint` as text, so that no driver decides how to read them. */
export type NumericText = string;

/** A JSON number. Sums stay exact: a stat is at most 10^9 and a career far below 10^6 matches. */
export const decimal = (text: NumericText): number => Number(text);
