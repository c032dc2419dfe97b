/** `score_update` from an organizer's socket: the same write as over REST, with the same checks, once per key. */
import { Inject, Injectable } from '@nestjs/common';
import { api } from '../../contracts/api.js';
import { MatchSnapshot } from '../../contracts/match.js';
import { Refusal } from '../../contracts/refusal.js';
import type { ScoreCommand } from '../../contracts/socket.js';
import type { z } from 'zod';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import { mayCall } from '../../platform/http/access.guard.js';
import { Idempotency } from '../../platform/http/idempotency.js';
import { ApiKeys } from '../auth/api-keys.js';
import { MatchesService } from '../matches/matches.service.js';
import { expired, isExpired, revoked } from './lapsed.js';
import type { SocketData } from './tournament-socket.js';

@Injectable()
export class ScoreCommands {
  constructor(
    private readonly matches: MatchesService,
    private readonly idempotency: Idempotency,
    private readonly apiKeys: ApiKeys,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async post(data: SocketData, command: z.output<typeof ScoreCommand>): Promise<MatchSnapshot> {
    const { principal, apiKeyId } = data;
    // A write does not wait for the next look at the sockets.
    if (isExpired(data, this.clock.now().getTime())) throw expired();
    if (apiKeyId !== null && (await this.apiKeys.revokedAmong([apiKeyId])).length > 0) throw revoked();
    mayCall(api.postScore.access, principal);
    if (!principal) throw new Refusal('UNAUTHENTICATED', 'Connect with a token to post scores');
    const { matchId, tournamentId, homeScore, awayScore, ifMatch, idempotencyKey } = command;
    const post = async (): Promise<MatchSnapshot> => {
      const match = await this.matches.score({ asker: principal, matchId, ifMatch }, { homeScore, awayScore });
      if (tournamentId !== undefined && tournamentId !== match.tournamentId) throw new Refusal('UNPROCESSABLE', `Match ${matchId} is not of tournament ${tournamentId}`);
      return match;
    };
    if (idempotencyKey === undefined) return tournamentId === undefined ? post() : this.idempotency.together(post);
    const keyed = { principalId: principal.userId, key: idempotencyKey, method: 'SOCKET', path: `score_update ${matchId}`, body: { homeScore, awayScore, ifMatch }, secret: false };
    return MatchSnapshot.parse((await this.idempotency.once(keyed, 200, post)).body);
  }
}
