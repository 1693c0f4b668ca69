import { createRequire } from 'node:module';
import path from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Express } from 'express';
import { ApiSection } from '../../core/config/sections/api.section.js';
import { OPEN_TO_ALL } from '../auth/access.decorator.js';
import { PRODUCT } from '../../core/util/product.js';
import { documentedSwagger } from './document.decorator.js';

const SWAGGER_UI = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** Swagger UI's own page has inline scripts, which the content security policy refuses; this one has none. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CozyEngine API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });`;

interface Operation {
  security?: Record<string, string[]>[];
  [OPEN_TO_ALL]?: boolean;
}

/** As the guard does: every route asks for credentials that does not say otherwise. */
async function describe(app: NestExpressApplication): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await documentedSwagger();
  const options = new DocumentBuilder()
    .setTitle(PRODUCT.name)
    .setVersion(PRODUCT.version)
    .setDescription('A companion with a personality and a memory, behind an OpenAI-compatible API.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An access token or an API key.' })
    .build();
  const document = SwaggerModule.createDocument(app, options);
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations) as Operation[]) {
      operation.security = operation[OPEN_TO_ALL] ? [] : [{ bearer: [] }];
    }
  }
  return document;
}

/** `/openapi.json` and the page that shows it. The document is made when it is first asked for. */
export function serveDocs(app: NestExpressApplication): void {
  if (!app.get(ApiSection).docs_enabled) return;
  let document: Promise<OpenAPIObject> | undefined;
  const http: Express = app.getHttpAdapter().getInstance();
  http.get('/openapi.json', async (_request, response) => {
    document ??= describe(app).catch((error: unknown) => {
      document = undefined;
      throw error;
    });
    response.json(await document);
  });
  http.get('/docs', (_request, response) => response.type('html').send(PAGE));
  http.get('/docs/start.js', (_request, response) => response.type('js').send(START));
  app.useStaticAssets(SWAGGER_UI, { prefix: '/docs', index: false });
}
