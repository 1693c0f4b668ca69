export type SnippetLanguage = 'curl' | 'python';

interface SnippetInput {
  origin: string;
  personalityId: string;
  /** Left out, the snippet reads it from the environment: tokens do not belong in shell histories. */
  token?: string | undefined;
}

/** Ids come from the server's configuration, but a quote in one must not end the shell's string. */
const safe = (text: string): string => text.replaceAll(/[^\w.\-/:]/g, '');

export function curlSnippet({ origin, personalityId, token }: SnippetInput): string {
  return [
    `curl -N ${origin}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer ${token ?? '$COZY_TOKEN'}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '{`,
    `    "model": "cozy/${safe(personalityId)}",`,
    `    "stream": true,`,
    `    "messages": [{"role": "user", "content": "Hello!"}]`,
    `  }'`,
  ].join('\n');
}

export function pythonSnippet({ origin, personalityId, token }: SnippetInput): string {
  const key = token ? `"${token}"` : 'os.environ["COZY_TOKEN"]';
  return [
    ...(token ? [] : ['import os']),
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url="${origin}/v1", api_key=${key})`,
    'answer = client.chat.completions.create(',
    `    model="cozy/${safe(personalityId)}",`,
    '    messages=[{"role": "user", "content": "Hello!"}],',
    ')',
    'print(answer.choices[0].message.content)',
  ].join('\n');
}

export const snippet = (language: SnippetLanguage, input: SnippetInput): string =>
  language === 'curl' ? curlSnippet(input) : pythonSnippet(input);
