import type * as Swagger from '@nestjs/swagger';

// The decorators of @nestjs/swagger, kept until somebody asks for the document: few do, and the package takes a tenth of
// every start to load. A decorator is imported from here, never from the package.

const waiting: ((swagger: typeof Swagger) => void)[] = [];

/** A decorator that is applied by `documentedSwagger`, to the same place and in the same order. */
const later =
  <Args extends unknown[], Decorator>(decoratorOf: (swagger: typeof Swagger) => (...args: Args) => Decorator) =>
  (...args: Args): Decorator =>
    ((...place: unknown[]) => {
      waiting.push((swagger) => (decoratorOf(swagger)(...args) as (...place: unknown[]) => void)(...place));
    }) as Decorator;

export const ApiBody = later((swagger) => swagger.ApiBody);
export const ApiConsumes = later((swagger) => swagger.ApiConsumes);
export const ApiExcludeController = later((swagger) => swagger.ApiExcludeController);
export const ApiExtension = later((swagger) => swagger.ApiExtension);
export const ApiExtraModels = later((swagger) => swagger.ApiExtraModels);
export const ApiHeader = later((swagger) => swagger.ApiHeader);
export const ApiProduces = later((swagger) => swagger.ApiProduces);
export const ApiProperty = later((swagger) => swagger.ApiProperty);
export const ApiTags = later((swagger) => swagger.ApiTags);

/** Where the document describes objects of this class. */
export const schemaPath = (type: new () => object): string => `#/components/schemas/${type.name}`;

/** The package, once everything decorated so far has been told to it. */
export async function documentedSwagger(): Promise<typeof Swagger> {
  const swagger = await import('@nestjs/swagger');
  for (const apply of waiting.splice(0)) apply(swagger);
  return swagger;
}
