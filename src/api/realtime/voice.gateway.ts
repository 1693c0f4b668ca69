import { UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { RealtimeMetrics } from '../../core/metrics/realtime-metrics.js';
import type { VoiceCall } from '../../orchestration/voice/voice-call.js';
import type { VoiceSignal } from '../../orchestration/voice/voice-signal.js';
import { Scopes } from '../auth/access.decorator.js';
import { Counted } from '../auth/rate-limit.guard.js';
import { DtoPipe } from '../dto/dto.pipe.js';
import { asCozyError } from '../errors/error-body.js';
import type { ClientNamespace, ClientSocket } from './client-socket.js';
import { MessageInterceptor } from './message.interceptor.js';
import { SocketCalls } from './socket-calls.js';
import { refuse, SocketDoor } from './socket-door.middleware.js';
import { SocketFilter } from './socket.filter.js';
import { SocketGuard } from './socket.guard.js';
import { SocketWatch } from './socket-watch.js';
import { callBody } from './voice-body.js';
import {
  CallInviteDto,
  CallJoinDto,
  CallRemoveDto,
  CallResumeDto,
  CallStartDto,
  CallUpdateDto,
  IceRestartDto,
  MediaConsumeDto,
  MediaProduceDto,
  ResponseCancelDto,
  ResponseCreateDto,
  TextSendDto,
  TransportConnectDto,
} from './voice.dto.js';
import { callChanges, callOptions, joinOptions } from './voice-wish.js';

/** Sound comes 50 times a second, and the rest of a second at once where the network held it back. */
const POLICY = { scopes: ['realtime'], messagesPerSecond: 100, maxText: 65_536 } as const;
const SOUND = 'audio.append';
/** What a client says last, and may be gone before it is done. */
const HANGS_UP: ReadonlySet<string> = new Set(['call.end', 'call.leave']);
const INVITATION_SECONDS = 300;

/** Calls: signalling for WebRTC, or the sound itself. A socket has one call at a time. */
@WebSocketGateway({ namespace: 'voice' })
@Scopes('realtime')
@UseGuards(SocketGuard)
@UseFilters(SocketFilter)
@UsePipes(new DtoPipe())
@UseInterceptors(MessageInterceptor)
export class VoiceGateway implements OnGatewayInit<ClientNamespace>, OnGatewayDisconnect<ClientSocket> {
  constructor(
    private readonly door: SocketDoor,
    private readonly watch: SocketWatch,
    private readonly calls: SocketCalls,
    private readonly metrics: RealtimeMetrics,
  ) {}

  afterInit(namespace: ClientNamespace): void {
    this.door.guard(namespace, POLICY);
    this.watch.closeAfter(() => this.calls.settled());
    this.watch.beforeClose((socket, error) => this.calls.turnOut(socket, error));
    namespace.on('connection', (socket: ClientSocket) => {
      socket.on(SOUND, (...said: unknown[]) => this.append(socket, said[0], said.at(-1)));
      // Not a listener: Socket.IO tells none of what came in one piece with the end of the connection.
      socket.use(([event], next) => {
        if (HANGS_UP.has(event)) this.calls.hangsUp(socket);
        next();
      });
    });
  }

  handleDisconnect(socket: ClientSocket): void {
    this.calls.lost(socket);
  }

  @SubscribeMessage('call.start')
  @Counted()
  async start(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: CallStartDto): Promise<object> {
    return this.body(socket, await this.calls.start(socket, callOptions(dto)));
  }

  @SubscribeMessage('call.resume')
  async resume(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: CallResumeDto): Promise<object> {
    return this.body(socket, await this.calls.resume(socket, dto.call_id, dto.new_transports === true));
  }

  @SubscribeMessage('call.invite')
  invite(@ConnectedSocket() socket: ClientSocket, @MessageBody() { expires_in }: CallInviteDto): object {
    const seconds = expires_in ?? INVITATION_SECONDS;
    return { invitation: this.calls.invite(socket, seconds), expires_in: seconds };
  }

  @SubscribeMessage('call.join')
  @Counted()
  async join(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: CallJoinDto): Promise<object> {
    return this.body(socket, await this.calls.join(socket, dto.call_id, joinOptions(dto)));
  }

  @SubscribeMessage('call.leave')
  async leave(@ConnectedSocket() socket: ClientSocket): Promise<object> {
    await this.calls.leave(socket);
    return {};
  }

  @SubscribeMessage('call.remove')
  async remove(
    @ConnectedSocket() socket: ClientSocket,
    @MessageBody() { participant_id }: CallRemoveDto,
  ): Promise<object> {
    await this.calls.remove(socket, participant_id);
    return {};
  }

  @SubscribeMessage('call.update')
  update(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: CallUpdateDto): object {
    return this.command(socket, { type: 'call.update', settings: callChanges(dto) });
  }

  @SubscribeMessage('call.end')
  end(@ConnectedSocket() socket: ClientSocket): object {
    return this.command(socket, { type: 'call.end' });
  }

  @SubscribeMessage('transport.connect')
  async connect(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: TransportConnectDto): Promise<object> {
    await this.calls.peerOf(socket).connect(dto.transport_id, dto.dtls_parameters);
    return {};
  }

  @SubscribeMessage('media.produce')
  async produce(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: MediaProduceDto): Promise<object> {
    return { producer_id: await this.calls.peerOf(socket).produce(dto.transport_id, dto.rtp_parameters) };
  }

  @SubscribeMessage('media.consume')
  async consume(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: MediaConsumeDto): Promise<object> {
    const { rtp_capabilities, participant_id } = dto;
    return { consumer: await this.calls.peerOf(socket).consume(rtp_capabilities, participant_id ?? undefined) };
  }

  @SubscribeMessage('media.resume')
  async hear(@ConnectedSocket() socket: ClientSocket): Promise<object> {
    await this.calls.peerOf(socket).resumeConsumers();
    return {};
  }

  @SubscribeMessage('ice.restart')
  async restartIce(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: IceRestartDto): Promise<object> {
    return { ice_parameters: await this.calls.peerOf(socket).restartIce(dto.transport_id) };
  }

  @SubscribeMessage('audio.commit')
  commit(@ConnectedSocket() socket: ClientSocket): object {
    return this.signal(socket, { type: 'audio.commit', speakerId: this.calls.placeOf(socket).participantId });
  }

  @SubscribeMessage('audio.clear')
  clear(@ConnectedSocket() socket: ClientSocket): object {
    const { line, participantId } = this.calls.placeOf(socket);
    line.clear();
    return this.signal(socket, { type: 'audio.clear', speakerId: participantId });
  }

  @SubscribeMessage('text.send')
  @Counted()
  text(@ConnectedSocket() socket: ClientSocket, @MessageBody() { text, respond }: TextSendDto): object {
    const { participantId: speakerId } = this.calls.placeOf(socket);
    return this.signal(socket, { type: 'text.send', text, respond: respond ?? undefined, speakerId });
  }

  @SubscribeMessage('response.create')
  @Counted()
  respond(@ConnectedSocket() socket: ClientSocket, @MessageBody() { instructions }: ResponseCreateDto): object {
    const signal: VoiceSignal = { type: 'response.create', instructions: instructions ?? undefined };
    return instructions ? this.command(socket, signal) : this.signal(socket, signal);
  }

  @SubscribeMessage('response.cancel')
  cancel(@ConnectedSocket() socket: ClientSocket, @MessageBody() { turn_id }: ResponseCancelDto): object {
    return this.signal(socket, { type: 'response.cancel', turnId: turn_id ?? undefined });
  }

  private body(socket: ClientSocket, call: VoiceCall): object {
    return callBody(call, this.calls.placeOf(socket));
  }

  /** For the user whose call it is: it changes what the companion does for all. */
  private command(socket: ClientSocket, signal: VoiceSignal): object {
    this.calls.own(socket).session.handle(signal);
    return {};
  }

  private signal(socket: ClientSocket, signal: VoiceSignal): object {
    this.calls.of(socket).session.handle(signal);
    return {};
  }

  /** Past Nest, which waits between its steps: sound must stay in order, and comes fifty times a second. */
  private append(socket: ClientSocket, sound: unknown, acknowledge: unknown): void {
    const { name } = socket.nsp;
    try {
      this.calls.append(socket, sound);
      this.metrics.message(name, SOUND, 'ok');
      if (typeof acknowledge === 'function') acknowledge({ ok: true });
    } catch (thrown) {
      const error = asCozyError(thrown);
      this.metrics.message(name, SOUND, error.code);
      refuse(socket, acknowledge, error);
    }
  }
}
