type Problem = { code: string; status: number; title: string; requestId: string }

// What stands below is copied into the client as it is; `Problem` comes from the document there.
/** Where the till is: `address` and the token that its settings have shown. */
export interface PosClientOptions {
  /** "http://127.0.0.1:47601/v1" */
  readonly address: string
  readonly token: string
  /** How often a request is sent again that the till could not answer yet; only such as may be repeated. */
  readonly tries?: number
}

/** The till refused: decide by `problem.code`. */
export class PosProblem extends Error {
  override readonly name = 'PosProblem'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.title}`)
    this.problem = problem
  }
}

interface Call {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

const REPEATED_AFTER_MS = 1_000
const REQUEST_MS_MAX = 40_000

function given(values: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function caller({ address, token, tries = 5 }: PosClientOptions) {
  const origin = new URL(address).origin
  return async function call<T>({ method, path, query, headers, body }: Call): Promise<T> {
    const asked = new URLSearchParams(given(query)).toString()
    const mayRepeat = method === 'GET' || headers?.['idempotency-key'] !== undefined
    for (let left = mayRepeat ? tries : 1; ; left--) {
      try {
        const response = await fetch(`${origin}${path}${asked === '' ? '' : `?${asked}`}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...given(headers),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(REQUEST_MS_MAX),
        })
        if (response.status === 204) return undefined as T
        const answer: unknown = await response.json()
        if (response.ok) return answer as T
        throw new PosProblem(answer as Problem)
      } catch (error) {
        const isForGood = error instanceof PosProblem && error.problem.status !== 503
        if (isForGood || left <= 1) throw error
        await new Promise((resolve) => setTimeout(resolve, REPEATED_AFTER_MS))
      }
    }
  }
}

/** One thing that happened at the till: `data.type` is its name. */
export interface PosEvent {
  readonly id: string
  readonly data: { readonly type: string; readonly [name: string]: unknown }
}

async function* listening(
  { address, token }: PosClientOptions,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<PosEvent> {
  let last: string | undefined
  const isOver = () => signal?.aborted === true
  while (!isOver()) {
    try {
      const headers = { authorization: `Bearer ${token}`, ...(last === undefined ? {} : { 'last-event-id': last }) }
      const response = await fetch(`${new URL(address).origin}${path}`, { headers, ...(signal && { signal }) })
      if (!response.ok) throw new PosProblem((await response.json()) as Problem)
      let rest = ''
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        const blocks = `${rest}${text}`.split('\n\n')
        rest = blocks.pop()!
        for (const block of blocks) {
          const lines = block.split('\n')
          const id = lines.find((line) => line.startsWith('id: '))?.slice(4)
          const data = lines.find((line) => line.startsWith('data: '))?.slice(6)
          if (id === undefined || data === undefined) continue
          last = id
          yield { id, data: JSON.parse(data) as PosEvent['data'] }
        }
      }
    } catch (error) {
      if (isOver()) return
      if (error instanceof PosProblem && error.problem.status < 500) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, REPEATED_AFTER_MS))
  }
}

/** Only so that this file stands for itself; the client has its own. */
export const supported = { caller, listening }
