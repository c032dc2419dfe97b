/**
 * The one command a newcomer pastes: it changes a score on the page they have
 * open. For that there has to be a live match, which this makes sure of
 * through the REST API, as an organizer would.
 */
import { api, API_PREFIX } from '../contracts/api.js';
import type { MatchSnapshot } from '../contracts/match.js';
import { RestClient, RestRefusal } from '../contracts/rest-client.js';

export const DEMO_TOURNAMENT = 'demo';

async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if (!(error instanceof RestRefusal && error.problem.code === 'ALREADY_EXISTS')) throw error;
  }
}

async function findMatch(client: RestClient, id: string): Promise<MatchSnapshot | undefined> {
  try {
    return await client.call(api.getMatch, { params: { id } });
  } catch (error) {
    if (error instanceof RestRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** `try-me`, or `try-me-2` once somebody has ended the first. */
async function liveMatch(client: RestClient): Promise<MatchSnapshot> {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? 'try-me' : `try-me-${String(number)}`;
    const found = await findMatch(client, id);
    if (found?.status === 'LIVE') return found;
    if (found?.status === 'COMPLETED' || found?.status === 'CANCELLED') continue;
    if (found === undefined) {
      const body = { id, homeParticipantId: 'try-me-you', awayParticipantId: 'try-me-rest' };
      await client.call(api.createMatch, { params: { id: DEMO_TOURNAMENT }, body });
    }
    return client.call(api.startMatch, { params: { id } });
  }
}

export async function prepareExample(url: string, token: string): Promise<MatchSnapshot> {
  const client = new RestClient(url, token);
  const params = { id: DEMO_TOURNAMENT };
  await unlessThere(client.call(api.createTournament, { body: { ...params, name: 'Demo Cup', game: 'CSGO' } }));
  const sides = [
    { id: 'try-me-you', name: 'Your Team' },
    { id: 'try-me-rest', name: 'The Rest of the World' },
  ];
  for (const body of sides) await unlessThere(client.call(api.createParticipant, { params, body }));
  return liveMatch(client);
}

function curl(method: string, url: string, token: string, body: unknown): string {
  const json = JSON.stringify(body);
  return `curl -X ${method} ${url} -H 'Content-Type: application/json' -H 'Authorization: Bearer ${token}' -d '${json}'`;
}

/** One more than now, so that pasting it shows. */
export function scoreCommand(url: string, token: string, match: MatchSnapshot): string {
  const body = { homeScore: match.homeScore + 1, awayScore: match.awayScore };
  return curl('PUT', `${url}${API_PREFIX}/matches/${match.id}/score`, token, body);
}

export function tournamentCommand(url: string, token: string): string {
  return curl('POST', `${url}${API_PREFIX}/tournaments`, token, { id: 'summer-cup', name: 'Summer Cup', game: 'CSGO' });
}
