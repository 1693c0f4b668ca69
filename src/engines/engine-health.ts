/** What an engine says of itself; `reason` is fit for an operator. */
export interface EngineHealth {
  status: 'up' | 'degraded' | 'down';
  reason?: string;
}

/** The version of the engine ports; an engine made for another one is refused at start. */
export const ENGINE_API_VERSION = 1;
