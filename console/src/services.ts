import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { AboutApi } from './about/about-api.js';
import { AccountApi } from './account/account-api.js';
import { ApiClient } from './api-client.js';
import { CozyApi } from './cozy-api.js';
import { type Tokens, TokenStore } from './token-store.js';

export const tokenStore = new TokenStore(window.localStorage);
tokenStore.followOtherTabs(window);

const client = new ApiClient(tokenStore);
const ApiContext = createContext(new CozyApi(client, tokenStore));
const AboutContext = createContext(new AboutApi(client));
const AccountContext = createContext(new AccountApi(client, tokenStore));

export const useApi = (): CozyApi => useContext(ApiContext);
export const useAboutApi = (): AboutApi => useContext(AboutContext);
export const useAccountApi = (): AccountApi => useContext(AccountContext);

export function useTokens(): Tokens | null {
  const [tokens, setTokens] = useState(() => tokenStore.read());
  useEffect(() => tokenStore.subscribe(setTokens), []);
  return tokens;
}
