/** All instances are restarted one after another behind nginx, under load, and nobody notices. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { watch, type Watcher } from '../src/client/index.js';
import { api } from '../src/contracts/api.js';
import type { MatchEvent } from '../src/contracts/event.js';
import { RestClient } from '../src/contracts/rest-client.js';
import { ensureNginxBinary, startNginx, type Nginx } from '../src/parts/nginx.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { until } from './arena/until.js';

const WATCHERS = 30;

describe('a rolling restart of three instances behind nginx', () => {
  let arena: Arena;
  let nginx: Nginx;
  const dir = mkdtempSync(join(tmpdir(), 'grandstand-rolling-'));
  const watchers: Watcher[] = [];

  beforeAll(async () => {
    await ensureNginxBinary();
    arena = await openArena({ instances: 3, env: { DRAIN_MS: '2500' } });
    nginx = await startNginx({ dir, upstreamPorts: arena.instances.map(({ port }) => port) });
  });
  afterAll(async () => {
    for (const watcher of watchers) watcher.close();
    await nginx.stop();
    await arena.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('fails no request and loses no event', async () => {
    const url = `http://127.0.0.1:${String(nginx.port)}`;
    const organizer = new RestClient(url, await arena.token('ORGANIZER'));
    const cup = await openCup(organizer, { matches: 3 });
    const seen: MatchEvent[][] = [];
    for (let index = 0; index < WATCHERS; index += 1) {
      const events: MatchEvent[] = [];
      seen.push(events);
      const watcher = watch(url);
      watchers.push(watcher);
      watcher.tournament(cup.id, { onEvent: (event: MatchEvent) => events.push(event) }, { since: 0 });
    }
    await until(() => watchers.every(({ state }) => state === 'live'), 15_000, 'all watchers to be live');

    let restarting = true;
    const failures: string[] = [];
    let requests = 0;
    const load = cup.matchIds.map(async (id, lane) => {
      for (let score = 1; restarting; score += 1) {
        requests += 2;
        const failed = (what: string) => (error: unknown) => {
          failures.push(`${what}: ${String(error)}`);
        };
        await organizer.call(api.postScore, { params: { id }, body: { homeScore: score, awayScore: lane } }).catch(failed('PUT'));
        await organizer.call(api.getMatch, { params: { id } }).catch(failed('GET'));
      }
    });
    for (const instance of arena.instances) {
      instance.signal('SIGTERM');
      expect(await instance.exited()).toMatchObject({ code: 0 });
      await instance.boot();
    }
    restarting = false;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);

    const logs = await Promise.all(cup.matchIds.map(async (id) => (await organizer.call(api.getMatch, { params: { id } })).seq));
    const total = logs.reduce((sum, seq) => sum + seq, 0);
    await until(() => seen.every((events) => events.length >= total), 20_000, () => `all watchers to have ${String(total)} events; ${seen.map(({ length }) => length).join(' ')}`);
    for (const events of seen) {
      for (const [index, id] of cup.matchIds.entries()) {
        expect(events.filter(({ matchId }) => matchId === id).map(({ seq }) => seq)).toEqual(Array.from({ length: logs[index] ?? 0 }, (_, step) => step + 1));
      }
    }
  }, 120_000);
});
