import { Controller, HttpCode, Param, Post, Req, Res, UploadedFiles, UseInterceptors } from '@nestjs/common';
import { AnyFilesInterceptor } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { VoiceHangUpService } from '../../orchestration/voice/voice-hang-up.service.js';
import { AsksItself, Caller, Scopes } from '../auth/access.decorator.js';
import { ApiConsumes, ApiProduces, ApiTags } from '../docs/document.decorator.js';
import { boundedBody } from '../http/json-body.js';
import { BrowserCalls } from './browser-calls.js';

const BEARER = /^Bearer +(\S{1,4096})$/i;
const MOST_BYTES = 131_072;
const PARTS = { fileSize: MOST_BYTES, fieldSize: MOST_BYTES, files: 2, fields: 4, headerPairs: 50 };

interface Part {
  fieldname: string;
  buffer: Buffer;
}

/** Calls over WebRTC, begun by an SDP offer. */
@ApiTags('Realtime')
@Controller('v1/realtime')
export class BrowserCallController {
  constructor(
    private readonly browsers: BrowserCalls,
    private readonly hangUps: VoiceHangUpService,
  ) {}

  /** The credential may be a secret, which is good for this and nothing else. */
  @Post(['calls', ''])
  @AsksItself()
  @HttpCode(201)
  @UseInterceptors(AnyFilesInterceptor({ limits: PARTS }))
  @ApiConsumes('application/sdp', 'multipart/form-data')
  @ApiProduces('application/sdp')
  async offer(
    @Req() request: Request,
    @UploadedFiles() files: Part[] | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const credential = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (credential === undefined) throw new CozyError('AUTH_REQUIRED');
    const { sdp, session } = offerIn(request.body, files ?? []);
    const query = request.query as Record<string, unknown>;
    const answer = await this.browsers.answer({ credential, address: request.ip ?? '', sdp, session, query });
    response.setHeader('Location', `/v1/realtime/calls/${answer.callId}`);
    response.type('application/sdp');
    return answer.sdp;
  }

  @Post('calls/:id/hangup')
  @Scopes('realtime')
  @HttpCode(200)
  async hangUp(@Param('id') id: string, @Caller() { userId }: Principal): Promise<object> {
    await this.hangUps.hangUp(id, userId);
    return { call_id: id };
  }
}

/** The offer as it is, or in a form or JSON beside what the session is to be like. */
function offerIn(body: unknown, files: Part[]): { sdp: string; session: Record<string, unknown> | undefined } {
  if (typeof body === 'string') return { sdp: body, session: undefined };
  const fields = (body ?? {}) as Record<string, unknown>;
  const textOf = (name: string): string | undefined => {
    const field = fields[name] ?? files.find(({ fieldname }) => fieldname === name)?.buffer.toString('utf8');
    return typeof field === 'string' ? field : undefined;
  };
  const sdp = textOf('sdp');
  if (sdp === undefined) {
    const message = 'There is no SDP offer. Send it as application/sdp, or in a form as sdp.';
    throw new CozyError('VALIDATION_FAILED', { message, param: 'sdp' });
  }
  const session = textOf('session');
  return { sdp, session: session === undefined ? objectIn(fields['session']) : jsonOf(session) };
}

const objectIn = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

function jsonOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = boundedBody(JSON.parse(text));
  } catch (error) {
    if (error instanceof CozyError) throw error;
    throw new CozyError('VALIDATION_MALFORMED_JSON', { message: 'session is not valid JSON.', param: 'session' });
  }
  const session = objectIn(value);
  if (session) return session;
  throw new CozyError('VALIDATION_FAILED', { message: 'session must be an object.', param: 'session' });
}
