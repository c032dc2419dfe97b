import { Controller } from '@nestjs/common';
import { api, type Endpoint as EndpointDefinition } from '../../contracts/api.js';
import type { EventsPage } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import type { Page } from '../../contracts/page.js';
import type { Principal } from '../../contracts/auth.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { MatchesService, type Write } from './matches.service.js';

type WriteCall = Pick<HandlerCall<EndpointDefinition>, 'ifMatch'> & { principal: Principal; params: { id: string } };
const writeOf = (call: WriteCall): Write => ({ asker: call.principal, matchId: call.params.id, ifMatch: call.ifMatch });

@Controller()
export class MatchesController {
  constructor(private readonly matches: MatchesService) {}

  @Endpoint(api.createMatch)
  schedule(@GivenCall() call: HandlerCall<typeof api.createMatch>): Promise<MatchSnapshot> {
    return this.matches.schedule(call.principal, call.params.id, call.body);
  }

  @Endpoint(api.listTournamentMatches)
  listOfTournament(@GivenCall() call: HandlerCall<typeof api.listTournamentMatches>): Promise<Page<MatchSnapshot>> {
    return this.matches.listOfTournament(call.principal, call.params.id, call.query);
  }

  @Endpoint(api.listMatches)
  list(@GivenCall() call: HandlerCall<typeof api.listMatches>): Promise<Page<MatchSnapshot>> {
    return this.matches.list(call.query);
  }

  @Endpoint(api.getMatch)
  get(@GivenCall() call: HandlerCall<typeof api.getMatch>): Promise<MatchSnapshot> {
    return this.matches.get(call.principal, call.params.id);
  }

  @Endpoint(api.listEvents)
  events(@GivenCall() call: HandlerCall<typeof api.listEvents>): Promise<EventsPage> {
    return this.matches.events(call.principal, call.params.id, call.query);
  }

  @Endpoint(api.startMatch)
  start(@GivenCall() call: HandlerCall<typeof api.startMatch>): Promise<MatchSnapshot> {
    return this.matches.start(writeOf(call));
  }

  @Endpoint(api.postScore)
  score(@GivenCall() call: HandlerCall<typeof api.postScore>): Promise<MatchSnapshot> {
    return this.matches.score(writeOf(call), call.body);
  }

  @Endpoint(api.endMatch)
  end(@GivenCall() call: HandlerCall<typeof api.endMatch>): Promise<MatchSnapshot> {
    return this.matches.end(writeOf(call), call.body);
  }

  @Endpoint(api.correctMatch)
  correct(@GivenCall() call: HandlerCall<typeof api.correctMatch>): Promise<MatchSnapshot> {
    return this.matches.correct(writeOf(call), call.body);
  }

  @Endpoint(api.cancelMatch)
  cancel(@GivenCall() call: HandlerCall<typeof api.cancelMatch>): Promise<MatchSnapshot> {
    return this.matches.cancel(writeOf(call), call.body);
  }

  @Endpoint(api.rescheduleMatch)
  reschedule(@GivenCall() call: HandlerCall<typeof api.rescheduleMatch>): Promise<MatchSnapshot> {
    return this.matches.reschedule(writeOf(call), call.body);
  }
}
