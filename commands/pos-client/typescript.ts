/** From an OpenAPI 3.1 document to a client in TypeScript: its shapes as types, its operations as functions. */
interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly description?: string
}

interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
  readonly description?: string
}

interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { schema: Schema }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: Schema }>> }>>
}

export interface OpenApi {
  readonly info: { readonly title: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const JSON_TYPE = 'application/json'
const EVENTS_TYPE = 'text/event-stream'

export function clientText({ info, paths, components }: OpenApi, support: string): string {
  const shapes = Object.entries(components.schemas).map(
    ([name, schema]) => `${comment(schema.description)}export type ${name} = ${typeOf(schema, '')}\n`,
  )
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const [streams, calls] = [true, false].map((wanted) =>
    operations.filter((each) => isStream(each.operation) === wanted),
  )
  return [
    `// ${info.title}: made from its OpenAPI document by "npm run pos-client". Do not edit; copy it into your program.\n`,
    ...shapes,
    ...calls!.map(({ operation }) => inputText(operation)),
    support.trimStart(),
    'export function posClient(options: PosClientOptions) {',
    '  const call = caller(options)',
    '  return {',
    ...calls!.map(callText),
    ...streams!.map(
      ({ path, operation }) =>
        `    /** ${operation.summary}. Goes on by itself after a break; ends with the signal. */\n` +
        `    ${operation.operationId}: (signal?: AbortSignal) => listening(options, '${path}', signal),`,
    ),
    '  }',
    '}',
    '',
  ].join('\n')
}

const isStream = ({ responses }: Operation) => responses['200']?.content?.[EVENTS_TYPE] !== undefined

const inputName = ({ operationId }: Operation) => `${operationId[0]!.toUpperCase()}${operationId.slice(1)}Input`

/** "idempotency-key" → "idempotencyKey". */
const fieldName = ({ name }: Parameter) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

const bodyOf = ({ requestBody }: Operation) => requestBody?.content[JSON_TYPE]?.schema

function inputText(operation: Operation): string {
  const { parameters = [], requestBody } = operation
  const fields = parameters.map((each) => field(fieldName(each), each.schema, isNeeded(each), each.description, ''))
  const body = bodyOf(operation)
  if (body !== undefined) fields.push(field('body', body, requestBody!.required, undefined, ''))
  if (fields.length === 0) return ''
  return `export type ${inputName(operation)} = {\n${fields.join('')}}\n`
}

const isNeeded = ({ in: where, required }: Parameter) => where === 'path' || required === true

function callText({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const { parameters = [], responses, operationId, summary } = operation
  const body = bodyOf(operation)
  const hasInput = parameters.length > 0 || body !== undefined
  const [, success] = Object.entries(responses).find(([status]) => /^2\d\d$/.test(status))!
  const reply = success.content?.[JSON_TYPE]?.schema
  const named = (where: Parameter['in']) =>
    parameters.filter((each) => each.in === where).map((each) => `'${each.name}': input.${fieldName(each)}`)
  const parts = [
    `method: '${method}'`,
    `path: \`${path.replace(/\{(\w+)\}/g, (_, name: string) => `\${encodeURIComponent(input.${name})}`)}\``,
    ...(named('query').length === 0 ? [] : [`query: { ${named('query').join(', ')} }`]),
    ...(named('header').length === 0 ? [] : [`headers: { ${named('header').join(', ')} }`]),
    ...(body === undefined ? [] : ['body: input.body']),
  ]
  const input = hasInput ? `input: ${inputName(operation)}` : ''
  const result = reply === undefined ? 'void' : typeOf(reply, '')
  return `    /** ${summary}. */\n    ${operationId}: (${input}) => call<${result}>({ ${parts.join(', ')} }),`
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1)!
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => typeOf(each, indent)).join(' | ')
  const { type } = schema
  if (typeof type === 'object') return type.map((each) => typeOf({ ...schema, type: each }, indent)).join(' | ')
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'integer':
    case 'number':
      return 'number'
    case 'array': {
      const item = typeOf(schema.items!, indent)
      return /[|&{]/.test(item) ? `Array<${item}>` : `${item}[]`
    }
    case 'object': {
      const inner = `${indent}  `
      const fields = Object.entries(schema.properties ?? {}).map(([name, each]) =>
        field(name, each, (schema.required ?? []).includes(name), each.description, indent),
      )
      if (fields.length > 0) return `{\n${fields.join('')}${inner.slice(2)}}`
      const { additionalProperties: rest } = schema
      return `Record<string, ${typeof rest === 'object' ? typeOf(rest, indent) : 'unknown'}>`
    }
    default:
      return 'unknown'
  }
}

function field(name: string, schema: Schema, needed: boolean, description: string | undefined, indent: string): string {
  const inner = `${indent}  `
  const key = /^\w+$/.test(name) ? name : `'${name}'`
  return `${comment(description, inner)}${inner}${key}${needed ? '' : '?'}: ${typeOf(schema, inner)}\n`
}

function comment(description: string | undefined, indent = ''): string {
  return description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '* /')} */\n`
}
