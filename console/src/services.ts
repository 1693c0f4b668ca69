import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { ApiClient } from './api-client.js';
import { CozyApi } from './cozy-api.js';
import { type Tokens, TokenStore } from './token-store.js';

export const tokenStore = new TokenStore(window.localStorage);
tokenStore.followOtherTabs(window);

const ApiContext = createContext(new CozyApi(new ApiClient(tokenStore), tokenStore));

export const useApi = (): CozyApi => useContext(ApiContext);

export function useTokens(): Tokens | null {
  const [tokens, setTokens] = useState(() => tokenStore.read());
  useEffect(() => tokenStore.subscribe(setTokens), []);
  return tokens;
}
