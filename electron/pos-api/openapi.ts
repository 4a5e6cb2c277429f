import { createJsonSchemaTransformObject, jsonSchemaTransform } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { posProblems } from '../../shared/pos-api/problems.ts'

/** The OpenAPI 3.1 document: from the schemas that the routes check with, so that it cannot say anything else. */
export const openApiOptions = (version: string) => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Bonusbook POS API',
      version,
      description: [
        'For cash register software on the same machine. Amounts and points are decimal strings.',
        'Errors are problem documents (RFC 9457) with a stable `code`:',
        ['| code | status | meaning |', '| --- | --- | --- |', ...problemRows()].join('\n'),
      ].join('\n\n'),
    },
    components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ token: [] }],
  },
  transform: jsonSchemaTransform,
  transformObject: createJsonSchemaTransformObject({ schemaRegistry: z.globalRegistry }),
})

export function problemRows(): readonly string[] {
  return Object.entries(posProblems).map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`)
}

const COMPONENT = '#/components/schemas/'

interface Operation {
  requestBody?: { required?: boolean; content: { 'application/json': { schema: { required?: readonly string[] } } } }
  responses: Record<string, { description: string; content?: Record<string, { schema?: { $ref?: string } }> }>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

/** What the generator cannot know: where the till listens, which bodies may be left out, and which names nobody uses. */
export function finished(generated: unknown, address: string): unknown {
  const document = structuredClone(generated) as Document
  for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
    const body = operation.requestBody
    if (body !== undefined) body.required = (body.content['application/json'].schema.required ?? []).length > 0
    for (const reply of Object.values(operation.responses)) {
      const name = reply.content?.['application/json']?.schema?.$ref?.slice(COMPONENT.length)
      if (name !== undefined)
        reply.description = (document.components.schemas[name] as { description: string }).description
    }
  }
  const { components, ...rest } = document
  const used = new Set<string>()
  const look = (value: unknown) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name!)) continue
      used.add(name!)
      look(components.schemas[name!])
    }
  }
  look(rest.paths)
  const schemas = Object.fromEntries(Object.entries(components.schemas).filter(([name]) => used.has(name)))
  return { ...rest, components: { ...components, schemas }, servers: [{ url: address }] }
}
