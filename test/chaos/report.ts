/** What is printed. */
import type { Check } from './checks.js';
import type { Ledger } from './ledger.js';
import type { Passed } from './run.js';

const SHOWN = 3;
const WIDTH = 400;

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const worst = (values: readonly number[]): number => Math.max(0, ...values);

export function faultLine({ name, from, healed, recoveries, missing }: Passed, begun: number): string {
  const took = recoveries.map((recovery) => recovery.took);
  const who =
    missing > 0
      ? `${missing} of ${recoveries.length + missing} NEVER had the next event`
      : `all ${recoveries.length} live spectators had the next event within ${worst(took)} ms (half within ${percentile(took, 0.5)} ms), none waited more than ${worst(recoveries.map(({ waited }) => waited))} ms for it`;
  return `${seconds(from - begun).padStart(8)}  ${name}; whole again after ${seconds(healed - from)}; ${who}`;
}

export function recoveryLines(passed: readonly Passed[]): string[] {
  const line = (what: string, values: readonly number[]): string => `  ${what}: p50 ${percentile(values, 0.5)} ms, p99 ${percentile(values, 0.99)} ms`;
  const each = passed.flatMap(({ recoveries }) => recoveries);
  return [
    `Recovery from ${passed.length} faults`,
    line('from the fault until the last live spectator had the next event', passed.map(({ recoveries }) => worst(recoveries.map(({ took }) => took)))),
    line('the same for each spectator', each.map(({ took }) => took)),
    line('how long the next event was there before a spectator had it', each.map(({ waited }) => waited)),
  ];
}

export function writeLines({ accepted, failures, refused }: Ledger): string[] {
  const reasons = new Map<string, number>();
  for (const { what } of failures) reasons.set(what, (reasons.get(what) ?? 0) + 1);
  const took = accepted.map(({ sentAt, at }) => at - sentAt);
  return [
    `${accepted.length} writes accepted (p50 ${percentile(took, 0.5)} ms, p99 ${percentile(took, 0.99)} ms), ${[...refused].map(([code, count]) => `${count} refused with ${code}`).join(', ') || 'none refused'}, ${failures.length} attempts repeated`,
    ...[...reasons].map(([what, count]) => `  ${count} × ${what}`),
  ];
}

export function checkLines(checks: readonly Check[]): string[] {
  return checks.flatMap(({ name, against }) => [
    `  ${against.length === 0 ? 'ok    ' : 'FAILED'} ${name}${against.length === 0 ? '' : `: ${against.length} times`}`,
    ...against.slice(0, SHOWN).map((line) => `           ${line.slice(0, WIDTH)}`),
  ]);
}
