/** Who a bearer is: our own tokens, an outside issuer's, and everything that only looks like one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { api } from '../src/contracts/api.js';
import { RestClient } from '../src/contracts/rest-client.js';
import { JWT_SECRET, openArena, signToken, type Arena } from './arena/arena.js';
import { Instance } from './arena/instance.js';
import { readToolEnv, tokenFor } from '../src/tools/tool-env.js';
import { openIssuer, type Issuer } from './support/issuer.js';
import { given, refused, send, type Reply } from './support/wire.js';

const secret = new TextEncoder().encode(JWT_SECRET);
const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;
const claims = (change: JWTPayload = {}): JWTPayload => ({ sub: 'user-1', role: 'ORGANIZER', exp: inAnHour(), ...change });
const sign = (payload: JWTPayload, alg = 'HS256', key: Uint8Array = secret): Promise<string> => new SignJWT(payload).setProtectedHeader({ alg }).sign(key);
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

let arena: Arena;
let issuer: Issuer;
/** Takes tokens of the issuer beside its own. */
let trusting: Instance;
/** Has the issuer alone: no local accounts. */
let outsideOnly: Instance;

beforeAll(async () => {
  [arena, issuer] = await Promise.all([openArena({ redis: false, env: { RATE_LOGIN_PER_MIN: '1000' } }), openIssuer()]);
  const env = { DATABASE_URL: arena.databaseUrl, NODE_ENV: 'test', JWKS_URL: issuer.url, RATE_LOGIN_PER_MIN: '1000' };
  [trusting, outsideOnly] = await Promise.all([Instance.start('trusting', { ...env, JWT_SECRET }), Instance.start('outside', env)]);
});
afterAll(async () => {
  await Promise.all([trusting.stop(), outsideOnly.stop()]);
  await issuer.close();
  await arena.close();
});

/** Asks something that takes any token. */
const me = (token: string, at: { url: string } = arena.at(0)): Promise<Reply> => send(at, 'GET', '/me/notifications', { token });

describe('our own tokens', () => {
  it('stand for their user and role', async () => {
    given(await me(await sign(claims())));
    given(await send(arena.at(0), 'POST', '/tournaments', { token: await sign(claims()), body: { name: 'n', game: 'CSGO' } }), 201);
    refused(await send(arena.at(0), 'POST', '/tournaments', { token: await sign(claims({ role: 'PLAYER' })), body: { name: 'n', game: 'CSGO' } }), 'FORBIDDEN');
    refused(await send(arena.at(0), 'POST', '/tournaments', { body: { name: 'n', game: 'CSGO' } }), 'UNAUTHENTICATED');
  });

  it('expire', async () => {
    const reply = await me(await sign(claims({ exp: Math.floor(Date.now() / 1000) - 1 })));
    refused(reply, 'TOKEN_EXPIRED');
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each<[string, () => Promise<string> | string]>([
    ['another secret', () => sign(claims(), 'HS256', new TextEncoder().encode('another-secret-another-secret-another'))],
    ['alg none', () => new UnsecuredJWT(claims()).encode()],
    ['alg none with a signature', async () => `${base64url({ alg: 'none' })}.${(await sign(claims())).split('.').slice(1).join('.')}`],
    ['HS512 over our secret', () => sign(claims(), 'HS512')],
    ['HS384 over our secret', () => sign(claims(), 'HS384')],
    ['a changed payload', async () => (await sign(claims())).split('.').map((part, index) => (index === 1 ? base64url(claims({ role: 'ADMIN' })) : part)).join('.')],
    ['no role', () => sign({ sub: 'user-1', exp: inAnHour() })],
    ['an unknown role', () => sign(claims({ role: 'ROOT' }))],
    ['a role in small letters', () => sign(claims({ role: 'admin' }))],
    ['no sub', () => sign({ role: 'ADMIN', exp: inAnHour() })],
    ['a sub that is no id', () => sign(claims({ sub: 'a b' }))],
    ['no exp', () => sign({ sub: 'user-1', role: 'ADMIN' })],
    ['a start in the future', () => sign(claims({ nbf: inAnHour() }))],
    ['a critical header that nobody knows', () => new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', crit: ['other'], other: 1 }).sign(secret, { crit: { other: true } })],
    ['a word for exp', () => sign(claims({ exp: 'tomorrow' as never }))],
    ['three dots', () => 'a.b.c'],
    ['a word', () => 'nonsense'],
    ['an API key that never was', () => `gs_${'x'.repeat(8)}.${'y'.repeat(43)}`],
    ['the prefix of one', () => 'gs_'],
  ])('are not those with %s', async (_, token) => {
    refused(await me(await token()), 'TOKEN_INVALID');
    // A public route does not take a bad token for none.
    refused(await send(arena.at(0), 'GET', '/games', { token: await token() }), 'TOKEN_INVALID');
  });

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer a b', 'Token abc'])('are not sent as "%s"', async (authorization) => {
    refused(await send(arena.at(0), 'GET', '/games', { headers: { authorization } }), 'TOKEN_INVALID');
  });
});

describe('tokens of an outside issuer', () => {
  it.each(['RS256', 'ES256'] as const)('signed with %s are taken where JWKS_URL names it', async (alg) => {
    const token = await issuer.token(alg, { sub: 'outsider', role: 'ORGANIZER' });
    given(await me(token, trusting));
    given(await me(token, outsideOnly));
    refused(await me(token), 'TOKEN_INVALID');
    refused(await me(await issuer.token(alg, { sub: 'outsider', role: 'ORGANIZER' }, { expiresInS: -60 }), trusting), 'TOKEN_EXPIRED');
    refused(await me(await issuer.token(alg, { sub: 'outsider' }), trusting), 'TOKEN_INVALID');
    refused(await me(await issuer.token(alg, { sub: 'outsider', role: 'ADMIN' }, { kid: 'unknown' }), trusting), 'TOKEN_INVALID');
  });

  it('need not say which of its keys signed them', async () => {
    const as = { sub: 'outsider', role: 'ORGANIZER' };
    given(await me(await issuer.token('ES256', as, { kid: null }), trusting));
    given(await me(await issuer.token('RS256', as, { kid: null }), trusting));
    given(await me(await issuer.token('RS256', as, { kid: null, signer: 'next' }), trusting));
    refused(await me(await issuer.token('RS256', as, { kid: null, signer: 'stranger' }), trusting), 'TOKEN_INVALID');
    refused(await me(await issuer.token('RS256', as, { kid: null, signer: 'next', expiresInS: -60 }), trusting), 'TOKEN_EXPIRED');
    // Who does say it is taken at their word.
    refused(await me(await issuer.token('RS256', as, { kid: 'RS256', signer: 'next' }), trusting), 'TOKEN_INVALID');
  });

  it('stand for one user each, also where the issuer\'s names are no ids', async () => {
    const ids: Record<string, string> = { 'auth0|1': 'sD5dRQnNN0dts4-3b5tbPKjeHml21reuX3-bxWZMfQ0', 'auth0|2': '', 'https://issuer.example/users/zoë': '', plain_id: 'plain_id' };
    const seen = new Set<string>();
    for (const [sub, id] of Object.entries(ids)) {
      const token = await issuer.token('RS256', { sub, role: 'ORGANIZER' });
      const { ownerId } = given(await send(trusting, 'POST', '/tournaments', { token, body: { name: 'n', game: 'CSGO' } }), 201) as { ownerId: string };
      expect(ownerId).toMatch(/^[\w-]{1,64}$/);
      if (id !== '') expect(ownerId).toBe(id);
      seen.add(ownerId);
      // The same one at the next visit.
      given(await send(trusting, 'POST', `/users/${ownerId}/notifications`, { token, body: { message: `for ${sub}` } }), 201);
      expect(given(await me(await issuer.token('ES256', { sub, role: 'PLAYER' }), trusting))).toMatchObject({ data: [{ userId: ownerId, message: `for ${sub}` }] });
    }
    expect(seen.size).toBe(4);
    for (const sub of ['', 'x'.repeat(1_001)]) refused(await me(await issuer.token('RS256', { sub, role: 'PLAYER' }), trusting), 'TOKEN_INVALID');
  });

  it('do not let a public key pass for a secret', async () => {
    const header = base64url({ alg: 'HS256', kid: 'RS256' });
    const signed = `${header}.${base64url(claims({ role: 'ADMIN' }))}`;
    const forged = `${signed}.${createHmac('sha256', issuer.publicPem).update(signed).digest('base64url')}`;
    for (const at of [trusting, outsideOnly, arena.at(0)]) refused(await me(forged, at), 'TOKEN_INVALID');
  });

  it('do not let one key pass for the other, nor none for any', async () => {
    const rs = await issuer.token('RS256', { sub: 'outsider', role: 'ADMIN' });
    refused(await me(`${base64url({ alg: 'ES256', kid: 'RS256' })}.${rs.split('.').slice(1).join('.')}`, trusting), 'TOKEN_INVALID');
    for (const at of [trusting, outsideOnly]) {
      refused(await me(new UnsecuredJWT(claims()).encode(), at), 'TOKEN_INVALID');
      refused(await me(await sign(claims(), 'HS512'), at), 'TOKEN_INVALID');
    }
  });

  it('leave our own tokens as they are, and nothing of ours where there is only the issuer', async () => {
    given(await me(await sign(claims()), trusting));
    refused(await me(await sign(claims()), outsideOnly), 'TOKEN_INVALID');
  });

  it('are not called wrong while the issuer is down', async () => {
    const fresh = await Instance.start('fresh', { DATABASE_URL: arena.databaseUrl, NODE_ENV: 'test', JWKS_URL: issuer.url, RATE_LOGIN_PER_MIN: '3' });
    try {
      const token = await issuer.token('RS256', { sub: 'outsider', role: 'ORGANIZER' });
      issuer.fail(500);
      for (let again = 0; again < 5; again += 1) {
        const reply = await me(token, fresh);
        refused(reply, 'UNAVAILABLE');
        expect(reply.headers.get('retry-after')).not.toBeNull();
      }
      issuer.recover();
      given(await me(token, fresh));
    } finally {
      issuer.recover();
      await fresh.stop();
    }
  });
});

describe('JWT_ISSUER and JWT_AUDIENCE', () => {
  const mine = { iss: 'https://issuer.example/', aud: 'grandstand' };
  let strict: Instance;
  beforeAll(async () => {
    strict = await Instance.start('strict', { DATABASE_URL: arena.databaseUrl, NODE_ENV: 'test', JWKS_URL: issuer.url, JWT_SECRET, JWT_ISSUER: mine.iss, JWT_AUDIENCE: mine.aud, RATE_LOGIN_PER_MIN: '1000' });
  });
  afterAll(() => strict.stop());

  it.each<[string, JWTPayload, boolean]>([
    ['both', mine, true],
    ['one of several audiences', { ...mine, aud: ['another', 'grandstand'] }, true],
    ['another issuer', { ...mine, iss: 'https://issuer.example' }, false],
    ['another audience', { ...mine, aud: 'another' }, false],
    ['no issuer', { aud: mine.aud }, false],
    ['no audience', { iss: mine.iss }, false],
  ])('ask for both in every token: one with %s', async (_, payload, taken) => {
    const as = { sub: 'outsider', role: 'ORGANIZER', ...payload };
    for (const token of [await issuer.token('RS256', as), await issuer.token('RS256', as, { kid: null, signer: 'next' }), await sign(claims(payload))]) {
      if (taken) given(await me(token, strict));
      else refused(await me(token, strict), 'TOKEN_INVALID');
    }
  });

  it('are asked for first: a token of another issuer is not called expired', async () => {
    const past = Math.floor(Date.now() / 1000) - 60;
    for (const other of [{ iss: 'another' }, { aud: 'another' }]) refused(await me(await sign(claims({ ...mine, ...other, exp: past })), strict), 'TOKEN_INVALID');
    refused(await me(await sign(claims({ ...mine, exp: past })), strict), 'TOKEN_EXPIRED');
  });

  it('stand in the tokens that are made here', async () => {
    given(await send(strict, 'POST', '/users', { body: { username: 'Named', password: 'correct horse battery' } }), 201);
    const tokens = given(await send(strict, 'POST', '/auth/login', { body: { username: 'Named', password: 'correct horse battery' } })) as { accessToken: string; refreshToken: string };
    given(await me(tokens.accessToken, strict));
    given(await send(strict, 'POST', '/auth/refresh', { body: { refreshToken: tokens.refreshToken } }));
    given(await me(await tokenFor(undefined, readToolEnv({ JWT_SECRET, JWT_ISSUER: mine.iss, JWT_AUDIENCE: mine.aud })), strict));
  });
});

describe('a local account', () => {
  const password = 'correct horse battery';
  const login = (body: Record<string, unknown>, at: { url: string } = arena.at(0)): Promise<Reply> => send(at, 'POST', '/auth/login', { body });

  beforeAll(async () => {
    given(await send(arena.at(0), 'POST', '/users', { body: { username: 'Zoë Ｗide', email: 'Zoe@Example.org', password } }), 201);
    given(await send(arena.at(0), 'POST', '/users', { token: await arena.token('ORGANIZER'), body: { id: 'entered', username: 'Entered', email: 'entered@example.org' } }), 201);
  });

  it.each([{ username: 'Zoë Ｗide' }, { username: 'zoe\u0308 wide' }, { username: ' ZOË WIDE ' }, { email: 'zoe@example.org' }, { email: 'Zoe@EXAMPLE.org' }])('logs in as %j', async (name) => {
    const tokens = given(await login({ ...name, password }));
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, user: { username: 'Zoë Ｗide', role: 'PLAYER', email: 'zoe@example.org' } });
    given(await me(tokens['accessToken'] as string));
  });

  it('is not let in with a wrong password, a wrong name or without one of its own, in the same words', async () => {
    const replies = await Promise.all([
      login({ username: 'Zoë Ｗide', password: 'wrong' }), login({ email: 'zoe@example.org', password: 'wrong' }), login({ username: 'nobody', password }), login({ email: 'nobody@example.org', password }),
      login({ username: 'Entered', password }), login({ email: 'entered@example.org', password }),
    ]);
    expect(new Set(replies.map((reply) => refused(reply, 'CREDENTIALS_INVALID').detail)).size).toBe(1);
  });

  it('is not given away by time: an unknown name costs a hash, too', async () => {
    const timed = async (body: Record<string, unknown>): Promise<number> => {
      const began = performance.now();
      refused(await login(body), 'CREDENTIALS_INVALID');
      return performance.now() - began;
    };
    const fastest = async (body: Record<string, unknown>): Promise<number> => {
      let best = Infinity;
      for (let again = 0; again < 8; again += 1) best = Math.min(best, await timed(body));
      return best;
    };
    const [known, unknown] = [await fastest({ username: 'Zoë Ｗide', password: 'wrong' }), await fastest({ username: 'nobody', password: 'wrong' })];
    // Without the hash it is some 30 times faster.
    expect(unknown).toBeGreaterThan(known / 3);
  });

  it.each([{ password }, { username: 'a', email: 'a@example.org', password }, { username: 'a' }, { username: 'a', password: '' }, { username: 1, password }, { username: 'a', password, otp: 1 }])('refuses a login of %j', async (body) => {
    refused(await login(body), 'VALIDATION_FAILED');
  });

  it('has a refresh token that is no access token, and the other way round', async () => {
    const tokens = given(await login({ username: 'Zoë Ｗide', password })) as { accessToken: string; refreshToken: string };
    refused(await me(tokens.refreshToken), 'TOKEN_INVALID');
    const refresh = (refreshToken: string): Promise<Reply> => send(arena.at(0), 'POST', '/auth/refresh', { body: { refreshToken } });
    refused(await refresh(tokens.accessToken), 'TOKEN_INVALID');
    refused(await refresh('nonsense'), 'TOKEN_INVALID');
    refused(await refresh(await sign({ ...claims({ use: 'refresh' }), exp: 1 })), 'TOKEN_EXPIRED');
    refused(await refresh(await sign(claims({ sub: 'never-was', use: 'refresh' }))), 'TOKEN_INVALID');
    const renewed = given(await refresh(tokens.refreshToken)) as { accessToken: string };
    given(await me(renewed.accessToken));
  });

  it('has a new token for whoever still sends the old one along, as clients do that send theirs with everything', async () => {
    for (const old of [await sign({ ...claims(), exp: 1 }), 'nonsense']) {
      const tokens = given(await send(arena.at(0), 'POST', '/auth/login', { token: old, body: { username: 'Zoë Ｗide', password } })) as { refreshToken: string };
      given(await send(arena.at(0), 'POST', '/auth/refresh', { token: old, body: { refreshToken: tokens.refreshToken } }));
    }
  });

  it('makes up no role: a refresh gives the role the account has', async () => {
    const id = (given(await login({ username: 'Zoë Ｗide', password }))['user'] as { id: string }).id;
    const renewed = given(await send(arena.at(0), 'POST', '/auth/refresh', { body: { refreshToken: await sign(claims({ sub: id, role: 'ADMIN', use: 'refresh' })) } }));
    refused(await send(arena.at(0), 'POST', '/tournaments', { token: renewed['accessToken'] as string, body: { name: 'n', game: 'CSGO' } }), 'FORBIDDEN');
  });

  it('is off where tokens come from outside', async () => {
    refused(await login({ username: 'Zoë Ｗide', password }, outsideOnly), 'FORBIDDEN');
  });
});

describe('a refresh', () => {
  it('is counted for its user: a venue of many at one address keeps its sessions, one who loops does not', async () => {
    const venue = await Instance.start('venue', { DATABASE_URL: arena.databaseUrl, NODE_ENV: 'test', JWT_SECRET, RATE_LOGIN_PER_MIN: '5' });
    const refresh = (refreshToken: string): Promise<Reply> => send(venue, 'POST', '/auth/refresh', { body: { refreshToken } });
    try {
      const rest = await arena.rest(0, 'ADMIN');
      const tokens = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          await rest.call(api.createUser, { body: { id: `venue-${String(index)}`, username: `Venue ${String(index)}`, password: 'correct horse' } });
          return sign(claims({ sub: `venue-${String(index)}`, role: 'PLAYER', use: 'refresh' }));
        }),
      );
      for (const token of tokens) given(await refresh(token));
      const [looping = ''] = tokens;
      for (let again = 1; again < 5; again += 1) given(await refresh(looping));
      refused(await refresh(looping), 'RATE_LIMITED');
      // What is no refresh token is a guess, and counted by address.
      const bad = ['nonsense', await sign(claims({ sub: 'venue-1' })), await sign({ ...claims({ sub: 'venue-1', use: 'refresh' }), exp: 1 }), await sign(claims({ sub: 'venue-1', use: 'refresh' }), 'HS256', new TextEncoder().encode('another-secret-another-secret-another'))];
      for (const token of bad) expect((await refresh(token)).status).toBe(401);
      refused(await send(venue, 'POST', '/auth/refresh', { body: { refreshToken: 7 } }), 'VALIDATION_FAILED');
      refused(await refresh('nonsense'), 'RATE_LIMITED');
      given(await refresh(tokens[3] ?? ''));
    } finally {
      await venue.stop();
    }
  });
});

describe('guessing', () => {
  it('is counted by address; an expired token is no guess and keeps nobody from a new one', async () => {
    const strict = await Instance.start('strict', { DATABASE_URL: arena.databaseUrl, NODE_ENV: 'test', JWT_SECRET, RATE_LOGIN_PER_MIN: '5' });
    try {
      const expired = await signToken('ORGANIZER', 'user-1', -10);
      for (let again = 0; again < 10; again += 1) refused(await me(expired, strict), 'TOKEN_EXPIRED');
      for (let again = 0; again < 5; again += 1) refused(await me('nonsense', strict), 'TOKEN_INVALID');
      const limited = await me('nonsense', strict);
      refused(limited, 'RATE_LIMITED');
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      refused(await send(strict, 'POST', '/auth/login', { body: { username: 'a', password: 'b' } }), 'RATE_LIMITED');
      // Who has a good token is not held up by others at the same address.
      await new RestClient(strict.url, await signToken('ORGANIZER', 'user-2')).call(api.myNotifications, { query: {} });
    } finally {
      await strict.stop();
    }
  });
});
