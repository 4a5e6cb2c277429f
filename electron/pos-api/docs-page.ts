/** The same OpenAPI document as a page for people: no script, nothing from outside. */
interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly { name: string; in: string; required?: boolean; description?: string }[]
  readonly requestBody?: { content?: Record<string, { schema?: unknown }> }
  readonly responses?: Record<string, { description?: string; content?: Record<string, { schema?: unknown }> }>
}

interface Document {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths?: Record<string, Record<string, Operation>>
  readonly components?: { readonly schemas?: Record<string, unknown> }
}

export function docsPage(openApi: unknown, address: string): string {
  const { info, paths = {}, components } = openApi as Document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationText(method, path, operation)),
  )
  const shapes = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => `<section id="${escaped(name)}"><h3>${escaped(name)}</h3>${json(schema)}</section>`,
  )
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(info.title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
  code, pre { font: 14px/1.4 ui-monospace, monospace; background: #f3f3f3; border-radius: 4px }
  code { padding: 0 .25em } pre { padding: .75rem; overflow: auto; max-height: 24rem }
  table { border-collapse: collapse } td, th { border: 1px solid #ccc; padding: .2rem .5rem; text-align: left }
  section { border-top: 1px solid #ccc; margin-top: 2rem }
</style></head>
<body>
<h1>${escaped(info.title)} ${escaped(info.version)}</h1>
<p>On <code>${escaped(address)}</code>; the port is in <code>pos-api.json</code> in the till's profile. A token comes from
the till's settings and is shown once. The machine-readable form is <a href="/v1/openapi.json">openapi.json</a>.</p>
<h2>A sale, in three calls</h2>
<pre>${escaped(example(address))}</pre>
${described(info.description ?? '')}
${operations.join('\n')}
<h2>Shapes</h2>
${shapes.join('\n')}
</body></html>`
}

function example(address: string): string {
  return `curl ${address}/v1/quotes -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\
  -d '{"card":"2000000000015","receipt":{"id":"R-1","lines":[{"id":"1","sku":"cappuccino","amount":"250.00"}]}}'

curl -X PATCH ${address}/v1/quotes/ID -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\
  -d '{"redeem":"50.00"}'

curl -X POST ${address}/v1/quotes/ID/commit -H 'Authorization: Bearer TOKEN' -H 'Idempotency-Key: R-1'`
}

function operationText(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map(
    (one) =>
      `<li><code>${escaped(one.name)}</code> (${escaped(one.in)}${one.required ? ', required' : ''}) ${escaped(one.description ?? '')}</li>`,
  )
  const body = operation.requestBody?.content?.['application/json']?.schema
  const replies = Object.entries(operation.responses ?? {})
    .filter(([status]) => status.startsWith('2'))
    .map(([status, reply]) => {
      const schema = reply.content?.['application/json']?.schema
      return `<h4>${status} ${escaped(reply.description ?? '')}</h4>${schema === undefined ? '' : json(schema)}`
    })
  return `<section><h3><code>${method.toUpperCase()} ${escaped(path)}</code> ${escaped(operation.summary ?? '')}</h3>
<p>${inline(operation.description ?? '')}</p>
${parameters.length === 0 ? '' : `<ul>${parameters.join('')}</ul>`}
${body === undefined ? '' : `<h4>Body</h4>${json(body)}`}
${replies.join('')}</section>`
}

/** Paragraphs and tables of the description; no other markup is used in it. */
function described(text: string): string {
  return text
    .split('\n\n')
    .map((block) => {
      if (!block.startsWith('|')) return `<p>${inline(block)}</p>`
      const rows = block
        .split('\n')
        .filter((row) => !row.includes('---'))
        .map((row) =>
          row
            .slice(1, -1)
            .split('|')
            .map((cell) => `<td>${inline(cell.trim())}</td>`),
        )
      return `<table>${rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('')}</table>`
    })
    .join('\n')
}

const inline = (text: string) => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')

function json(value: unknown): string {
  const text = escaped(JSON.stringify(value, null, 2))
  return `<pre>${text.replace(/#\/components\/schemas\/(\w+)/g, '<a href="#$1">$1</a>')}</pre>`
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
