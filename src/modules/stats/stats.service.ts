import { Injectable } from '@nestjs/common';
import { STATS_UPDATE_LINES_MAX, type MatchEvent } from '../../contracts/event.js';
import { Refusal } from '../../contracts/refusal.js';
import type { StatsAnswer, StatsBody } from '../../contracts/stats.js';
import { refuseStats } from '../matches/match.rules.js';
import { MatchesService, type Write } from '../matches/matches.service.js';
import { refuseUnlessReferees } from '../tournaments/access.rules.js';
import { StatLinesRepository } from './stat-lines.repository.js';
import { checkLines } from './stat-lines.rules.js';

@Injectable()
export class StatsService {
  constructor(
    private readonly matches: MatchesService,
    private readonly statLines: StatLinesRepository,
  ) {}

  /** Writes the lines and the event that tells of them, or nothing. */
  async put(write: Write, body: StatsBody): Promise<StatsAnswer> {
    const match = await this.matches.change(write, refuseUnlessReferees, async ({ match, game }, at) => {
      refuseStats(match);
      const lines = checkLines(game, match, body.lines);
      const users = await this.statLines.usersAmong(lines.map((line) => line.userId));
      const unknown = lines.flatMap((line, index) => (users.has(line.userId) ? [] : [{ path: `lines.${String(index)}.userId`, message: `unknown user ${line.userId}` }]));
      if (unknown.length > 0) throw new Refusal('UNKNOWN_REFERENCE', `No line was written: ${unknown[0]?.message ?? ''}: enter players with POST /users first`, unknown);
      const event: MatchEvent = {
        type: 'stats_update', matchId: match.id, tournamentId: match.tournamentId, seq: match.seq + 1, at, lineCount: lines.length,
        ...(lines.length <= STATS_UPDATE_LINES_MAX ? { lines } : {}),
      };
      return { event, beside: () => this.statLines.save({ id: match.id, tournamentId: match.tournamentId, game }, lines, new Date(at)) };
    });
    return { matchId: match.id, seq: match.seq, written: body.lines.length, updatedAt: match.updatedAt };
  }
}
