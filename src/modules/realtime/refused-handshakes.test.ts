import { expect, it } from '@jest/globals';
import { Refusal } from '../../contracts/refusal.js';
import { createLogger } from '../../platform/logging/logger.js';
import { createMetrics } from '../../platform/metrics/metrics.js';
import { RefusedHandshakes } from './refused-handshakes.js';

it('refused handshakes are said at once, then those of a minute together, and nothing when there were none', () => {
  let now = 0;
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ level: 'warn', instanceId: 'test', output: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) } });
  const refused = new RefusedHandshakes({ logger, metrics: createMetrics('test'), now: () => now });
  const invalid = new Refusal('TOKEN_INVALID', 'no');
  const second = (): void => {
    now += 1_000;
    refused.say();
  };
  refused.say();
  for (let seconds = 0; seconds < 130; seconds += 1) {
    if (seconds < 70) for (let tries = 0; tries < 100; tries += 1) refused.refused(invalid, invalid);
    if (seconds === 5) refused.refused(new Refusal('UNAVAILABLE', 'not now'), new Error('the keys did not come'));
    second();
  }
  expect(lines.map(({ level, event, codes, error }) => ({ level, event, codes, error }))).toEqual([
    { level: 'warn', event: 'handshakes_refused', codes: { TOKEN_INVALID: 100 }, error: undefined },
    { level: 'warn', event: 'handshakes_refused', codes: { TOKEN_INVALID: 6_000, UNAVAILABLE: 1 }, error: 'the keys did not come' },
    { level: 'warn', event: 'handshakes_refused', codes: { TOKEN_INVALID: 900 }, error: undefined },
  ]);
});
