/** How each fault is done, and undone. Resolves when everything that it took away is back. */
import { setTimeout as lasts } from 'node:timers/promises';
import type { Crowd } from './crowd-link.js';
import type { Fleet } from './fleet.js';
import type { Fault } from './schedule.js';

export async function inject(fault: Fault, fleet: Fleet, crowd: Crowd): Promise<void> {
  const { at, redis, redisTurns, postgres, postgresTurns, nginx } = fleet;
  switch (fault.kind) {
    case 'kill':
      await Promise.all(
        fault.instances.map(at).map((member) =>
          member.turns.take(async () => {
            await member.kill();
            await lasts(fault.ms);
            await member.boot();
          }),
        ),
      );
      return;
    case 'roll':
      for (const member of fault.instances.map(at)) {
        await member.turns.take(async () => {
          await member.drain();
          await member.boot();
        });
      }
      return;
    case 'redis-pause':
      await redisTurns.take(async () => {
        redis.pause();
        await lasts(fault.ms);
        redis.resume();
      });
      return;
    case 'redis-restart':
      await redisTurns.take(async () => {
        await redis.stop();
        await lasts(fault.ms);
        await redis.restart();
      });
      return;
    case 'redis-clients':
      await redisTurns.take(async () => {
        await fleet.askRedis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await fleet.askRedis('CLIENT', 'KILL', 'TYPE', 'pubsub');
      });
      return;
    case 'postgres-restart':
      await postgresTurns.take(() => postgres.restart());
      return;
    case 'postgres-crash':
      await postgresTurns.take(async () => {
        await postgres.kill();
        await postgres.restart();
      });
      return;
    case 'nginx-reload':
      await nginx.reload();
      return;
    case 'freeze': {
      const frozen = await crowd.ask('freeze', { watchers: fault.watchers, raws: fault.raws, from: fault.from });
      await lasts(fault.ms);
      await crowd.ask('thaw', { frozen });
    }
  }
}
