/**
 * The rules of a match: what may follow what. Pure: a match as it stands and
 * what is asked of it in, the event that happens out, or a refusal. What the
 * event does to the match is `applyEvent`'s, the same for server and clients.
 *
 *   SCHEDULED ──start──▶ LIVE ──end──▶ COMPLETED
 *       │ forfeit ──────────────────────▲
 *       └──cancel──▶ CANCELLED ◀──cancel── LIVE
 */
import type { CancelBody, CorrectionBody, EndBody, MatchSnapshot, MatchStatus, Outcome, RescheduleBody, ScoreBody } from '../../contracts/match.js';
import type { MatchEvent } from '../../contracts/event.js';
import { Refusal } from '../../contracts/refusal.js';

const base = (match: MatchSnapshot, at: string) => ({ matchId: match.id, tournamentId: match.tournamentId, seq: match.seq + 1, at });

function refuseUnless(match: MatchSnapshot, allowed: readonly MatchStatus[], what: string): void {
  if (!allowed.includes(match.status)) {
    throw new Refusal('INVALID_TRANSITION', `A match that is ${match.status} cannot be ${what}; that takes one that is ${allowed.join(' or ')}`, { status: match.status, allowed });
  }
}

export function start(match: MatchSnapshot, at: string): MatchEvent {
  refuseUnless(match, ['SCHEDULED'], 'started');
  return { type: 'match_start', ...base(match, at), startedAt: at };
}

export function score(match: MatchSnapshot, { homeScore, awayScore }: ScoreBody, at: string): MatchEvent {
  refuseUnless(match, ['LIVE'], 'scored');
  return { type: 'score_update', ...base(match, at), homeScore, awayScore };
}

export function end(match: MatchSnapshot, { winnerId, outcome }: EndBody, at: string): MatchEvent {
  const { homeScore, awayScore } = match;
  const event = (winner: string | null): MatchEvent => ({ type: 'match_end', ...base(match, at), homeScore, awayScore, winnerId: winner, outcome });
  if (outcome === 'played') {
    refuseUnless(match, ['LIVE'], 'ended');
    return event(winnerId === undefined ? leaderOf(match) : playedWinner(match, winnerId));
  }
  refuseUnless(match, ['SCHEDULED', 'LIVE'], 'forfeited');
  return event(unplayedWinner(match, outcome, winnerId));
}

/**
 * A correction changes what it names. Where it moves the score of a match that
 * was played out and names no winner, the winner follows the score: nobody is
 * left as the winner of a match they lost. Where it changes the outcome, the
 * winner is decided as at the end of such a match: who won by a forfeit that
 * was none has not won by that.
 */
export function correct(match: MatchSnapshot, body: CorrectionBody, at: string): MatchEvent {
  refuseUnless(match, ['LIVE', 'COMPLETED'], 'corrected');
  const { homeScore = match.homeScore, awayScore = match.awayScore, reason } = body;
  const newOutcome = body.outcome === undefined || body.outcome === match.outcome ? {} : { outcome: body.outcome };
  const corrected = { ...match, homeScore, awayScore, ...newOutcome, winnerId: 'outcome' in newOutcome ? null : match.winnerId };
  return { type: 'match_correction', ...base(match, at), homeScore, awayScore, winnerId: correctedWinner(corrected, body.winnerId), ...newOutcome, reason };
}

function correctedWinner(corrected: MatchSnapshot, winnerId: string | null | undefined): string | null {
  if (corrected.status === 'LIVE') {
    if (winnerId != null || corrected.outcome !== null) throw new Refusal('UNPROCESSABLE', 'A match that is LIVE has no winner and no outcome yet: end it, or correct only its score');
    return null;
  }
  if (corrected.outcome !== 'played') return unplayedWinner(corrected, corrected.outcome, winnerId === undefined ? corrected.winnerId : winnerId);
  if (winnerId !== undefined) return playedWinner(corrected, winnerId);
  return corrected.homeScore === corrected.awayScore ? corrected.winnerId : leaderOf(corrected);
}

export function cancel(match: MatchSnapshot, { reason }: CancelBody, at: string): MatchEvent {
  refuseUnless(match, ['SCHEDULED', 'LIVE'], 'cancelled');
  return { type: 'match_cancelled', ...base(match, at), reason: reason ?? null };
}

export function reschedule(match: MatchSnapshot, { scheduledAt, reason }: RescheduleBody, at: string): MatchEvent {
  refuseUnless(match, ['SCHEDULED'], 'rescheduled');
  return { type: 'match_rescheduled', ...base(match, at), scheduledAt: new Date(scheduledAt).toISOString(), reason: reason ?? null };
}

/** Stat lines come while a match runs and after it; before it there is nothing to count. */
export function refuseStats(match: MatchSnapshot): void {
  refuseUnless(match, ['LIVE', 'COMPLETED'], 'given stat lines');
}

function leaderOf({ homeScore, awayScore, home, away }: MatchSnapshot): string | null {
  if (homeScore === awayScore) return null;
  return homeScore > awayScore ? home.id : away.id;
}

/** Equal scores may still have a winner (penalties, a decider), but the lower score never wins what was played out. */
function playedWinner(match: MatchSnapshot, winnerId: string | null): string | null {
  if (winnerId !== null) refuseStranger(match, winnerId);
  const leader = leaderOf(match);
  if (leader !== null && winnerId !== leader) {
    throw new Refusal('UNPROCESSABLE', `At ${String(match.homeScore)}:${String(match.awayScore)} the winner is ${leader}: correct the score, or end with outcome forfeit`);
  }
  return winnerId;
}

/** A forfeit is won by the side that did not forfeit, a double forfeit by nobody; so it stays until its outcome is corrected. */
function unplayedWinner(match: MatchSnapshot, outcome: Outcome | null, winnerId: string | null | undefined): string | null {
  if (outcome === 'double_forfeit') {
    if (winnerId != null) throw new Refusal('UNPROCESSABLE', 'Nobody wins a double forfeit: leave out winnerId');
    return null;
  }
  if (winnerId == null) throw new Refusal('UNPROCESSABLE', 'A forfeit needs the winnerId of the side that did not forfeit');
  refuseStranger(match, winnerId);
  return winnerId;
}

function refuseStranger(match: MatchSnapshot, winnerId: string): void {
  if (winnerId !== match.home.id && winnerId !== match.away.id) {
    throw new Refusal('UNPROCESSABLE', `winnerId is ${match.home.id} or ${match.away.id}, the participants of this match`);
  }
}
