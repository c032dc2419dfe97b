import { Controller } from '@nestjs/common';
import { api } from '../../contracts/api.js';
import type { Page } from '../../contracts/page.js';
import type { Participant, Staff, Standing, Tournament } from '../../contracts/tournament.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { TournamentsService } from './tournaments.service.js';

@Controller()
export class TournamentsController {
  constructor(private readonly tournaments: TournamentsService) {}

  @Endpoint(api.createTournament)
  create(@GivenCall() call: HandlerCall<typeof api.createTournament>): Promise<Tournament> {
    return this.tournaments.create(call.principal, call.body);
  }

  @Endpoint(api.listTournaments)
  list(@GivenCall() call: HandlerCall<typeof api.listTournaments>): Promise<Page<Tournament>> {
    return this.tournaments.list(call.principal, call.query);
  }

  @Endpoint(api.getTournament)
  get(@GivenCall() call: HandlerCall<typeof api.getTournament>): Promise<Tournament> {
    return this.tournaments.get(call.principal, call.params.id);
  }

  @Endpoint(api.changeTournament)
  change(@GivenCall() call: HandlerCall<typeof api.changeTournament>): Promise<Tournament> {
    return this.tournaments.change(call.principal, call.params.id, call.body, call.ifMatch);
  }

  @Endpoint(api.getStandings)
  standings(@GivenCall() call: HandlerCall<typeof api.getStandings>): Promise<Page<Standing>> {
    return this.tournaments.standings(call.principal, call.params.id, call.query);
  }

  @Endpoint(api.createParticipant)
  enter(@GivenCall() call: HandlerCall<typeof api.createParticipant>): Promise<Participant> {
    return this.tournaments.enter(call.principal, call.params.id, call.body);
  }

  @Endpoint(api.listParticipants)
  participants(@GivenCall() call: HandlerCall<typeof api.listParticipants>): Promise<Page<Participant>> {
    return this.tournaments.listParticipants(call.principal, call.params.id, call.query);
  }

  @Endpoint(api.createStaff)
  nameStaff(@GivenCall() call: HandlerCall<typeof api.createStaff>): Promise<Staff> {
    return this.tournaments.nameStaff(call.principal, call.params.id, call.body);
  }

  @Endpoint(api.listStaff)
  staff(@GivenCall() call: HandlerCall<typeof api.listStaff>): Promise<Page<Staff>> {
    return this.tournaments.listStaff(call.principal, call.params.id, call.query);
  }
}
