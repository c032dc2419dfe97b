/**
 * The socket's edge: each command is parsed, asked of the part that knows, and
 * answered, by its ack or by the event that stands for it. No rule of the game
 * lives here.
 *
 * Commands are not bound with `@SubscribeMessage`: that keeps an Rx pipeline a
 * command and socket, drops what it does not know in silence, and turns a reply
 * that has a key `event` into that event. One shared listener does better.
 */
import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import { CONFIG, type Config } from '../../../config/env.js';
import { parseOrRefuse, Refusal, type RefusalBody } from '../../../contracts/refusal.js';
import { matchRoom, NAMESPACE, tournamentRoom, userRoom } from '../../../contracts/room.js';
import { COMMANDS, type Answer, type CommandAnswers, type CommandName } from '../../../contracts/socket.js';
import { CLOCK, type Clock } from '../../../platform/clock/clock.js';
import { refusalOf } from '../../../platform/http/problem.js';
import { errorFields, LOGGER, type Logger } from '../../../platform/logging/logger.js';
import { METRICS, type Metrics } from '../../../platform/metrics/metrics.js';
import { AuthService } from '../../auth/auth.service.js';
import { refuseUnread } from '../cast/unread.js';
import { spendCommand } from '../command-budget.js';
import { handshake } from '../handshake.js';
import { RealtimeService } from '../realtime.service.js';
import { ScoreCommands } from '../score-commands.js';
import type { TournamentNamespace, TournamentSocket } from '../tournament-socket.js';

type Reply = (answer: Answer<CommandAnswers[CommandName]>) => void;
type Parsed<Name extends CommandName> = ReturnType<(typeof COMMANDS)[Name]['payload']['parse']>;
type Handlers = { [Name in CommandName]: (socket: TournamentSocket, payload: Parsed<Name>, send: (data: CommandAnswers[Name]) => void) => Promise<void> | undefined };

const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);

@WebSocketGateway({ namespace: NAMESPACE })
export class TournamentGateway implements OnGatewayInit<TournamentNamespace> {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) private readonly metrics: Metrics,
    private readonly auth: AuthService,
    private readonly realtime: RealtimeService,
    private readonly scores: ScoreCommands,
  ) {}

  afterInit(namespace: TournamentNamespace): void {
    namespace.use(
      handshake({
        authenticate: (bearer) => this.auth.authenticateUntil(bearer),
        draining: () => this.realtime.draining,
        refused: (refusal, cause) => {
          this.realtime.refusedHandshakes.refused(refusal, cause);
        },
      }),
    );
    this.realtime.attach(namespace);
    namespace.on('connection', (socket) => {
      this.welcome(socket);
    });
  }

  private welcome(socket: TournamentSocket): void {
    const { principal } = socket.data;
    // By the token alone: there is no command that joins a user's room. An API key acts for its owner and does not read
    // what is theirs, as over REST (test/rest-api-keys.test.ts).
    if (principal?.scopes === null) void socket.join(userRoom(principal.userId));
    socket.onAny((name: string, ...args: unknown[]) => {
      this.onCommand(socket, name, args);
    });
  }

  private readonly handlers: Handlers = {
    join_match: (socket, payload, send) => this.realtime.joins.match(socket, payload, send),
    join_tournament: (socket, payload, send) => this.realtime.joins.tournament(socket, payload, send),
    leave_match: (socket, { matchId }, send) => {
      this.realtime.joins.leave(socket, matchRoom(matchId));
      send({ matchId, room: matchRoom(matchId) });
      return undefined;
    },
    leave_tournament: (socket, { tournamentId }, send) => {
      this.realtime.joins.leave(socket, tournamentRoom(tournamentId));
      send({ tournamentId, room: tournamentRoom(tournamentId) });
      return undefined;
    },
    score_update: async (socket, payload, send) => {
      send(await this.scores.post(socket.data, payload));
    },
  };

  private onCommand(socket: TournamentSocket, name: string, args: unknown[]): void {
    const last = args.at(-1);
    const ack = typeof last === 'function' ? (last as (answer: unknown) => void) : undefined;
    const payload = ack ? (args.length > 1 ? args[0] : undefined) : args[0];
    const reply = this.replyTo(socket, name, ack);
    const refuse = (error: unknown): void => {
      const refusal = refusalOf(error);
      this.metrics.refusals.inc({ code: refusal.code, wire: 'socket' });
      if (refusal.status >= 500) this.logger.error({ event: 'command_failed', command: isCommand(name) ? name : 'unknown', code: refusal.code, ...errorFields(error) });
      reply({ ok: false, error: refusal.body() });
    };
    try {
      this.run(socket, name, payload, reply)?.catch(refuse);
    } catch (error) {
      refuse(error);
    }
  }

  private run(socket: TournamentSocket, name: string, payload: unknown, reply: Reply): Promise<void> | undefined {
    // First, since that a command is one too many is an answer that waits, too.
    refuseUnread(socket, this.config.SLOW_READER_BUDGET_BYTES);
    spendCommand(socket.data, this.config.RATE_SOCKET_PER_10S, this.clock.now().getTime());
    if (!isCommand(name)) throw new Refusal('UNKNOWN_COMMAND', `There is no command ${name.slice(0, 64)}; there are ${Object.keys(COMMANDS).join(', ')}`);
    // Each handler takes what its own schema gives; the compiler sees only that both are of some command.
    const handler = this.handlers[name] as (socket: TournamentSocket, payload: unknown, send: (data: CommandAnswers[CommandName]) => void) => Promise<void> | undefined;
    return handler(socket, parseOrRefuse<unknown>(COMMANDS[name].payload, payload, name), (data) => {
      reply({ ok: true, data });
    });
  }

  /** The ack, or for the plainest client the event that stands for it. */
  private replyTo(socket: TournamentSocket, name: string, ack: ((answer: unknown) => void) | undefined): Reply {
    if (ack) return ack;
    const emit = socket.emit.bind(socket) as (event: string, data: unknown) => boolean;
    return (answer) => {
      if (answer.ok) emit(isCommand(name) ? COMMANDS[name].answer : 'error', answer.data);
      else emit('error', answer.error satisfies RefusalBody);
    };
  }
}
