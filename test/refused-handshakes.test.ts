/** What an operator sees of sockets that are turned away: a rotated secret, an issuer whose keys cannot be fetched. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { openIssuer, type Issuer } from './support/issuer.js';
import { send } from './support/wire.js';

const TRIES = 12;

describe('sockets that are turned away', () => {
  let arena: Arena;
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await openIssuer();
    arena = await openArena({ redis: false, env: { JWKS_URL: issuer.url } });
  });
  afterAll(async () => {
    await arena.close();
    await issuer.close();
  });
  const refused = (token: string): Promise<unknown> =>
    Spectator.connect(arena.at(0).url, { token }).then(() => 'let in', (error: unknown) => (error as { data?: { code?: string } }).data?.code);

  it('are said in the log at once, not one by one, and counted by code', async () => {
    const at = arena.at(0);
    const said = () => at.log.filter(({ event }) => event === 'handshakes_refused');
    issuer.fail(500);
    const dead = await refused(await issuer.token('RS256', { sub: 'alice', role: 'PLAYER' }));
    expect(dead).toBe('UNAVAILABLE');
    await until(() => said().length === 1, 5_000, 'the line');
    expect(said()[0]).toMatchObject({ level: 'warn', codes: { UNAVAILABLE: 1 }, error: expect.any(String) });

    const rotated = `${await arena.token('PLAYER', 'alice')}x`;
    for (let tries = 0; tries < TRIES; tries += 1) expect(await refused(rotated)).toBe('TOKEN_INVALID');
    const { text } = await send(at, 'GET', '//metrics');
    expect(text).toMatch(new RegExp(`^grandstand_refusals_total\\{code="TOKEN_INVALID",wire="socket"[^}]*\\} ${String(TRIES)}$`, 'm'));
    expect(text).toMatch(/^grandstand_refusals_total\{code="UNAVAILABLE",wire="socket"[^}]*\} 1$/m);
    expect(said()).toHaveLength(1);
  });
});
