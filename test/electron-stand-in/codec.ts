/**
 * Text for the values that Electron's structured clone carries and JSON does not. Self-contained: it is also injected
 * into pages as source text, so it may use nothing from outside itself.
 */
export interface Codec {
  readonly encode: (value: unknown) => string
  readonly decode: (text: string) => unknown
}

/** Functions travel as ids where `functions` is given (the context bridge), and are refused elsewhere, as in Electron. */
export interface FunctionTable {
  readonly idOf: (fn: (...args: unknown[]) => unknown) => number
  readonly byId: (id: number) => (...args: unknown[]) => unknown
}

export function makeCodec(functions?: FunctionTable): Codec {
  type Tagged = { $: string; v?: unknown }
  const toBase64 = (bytes: Uint8Array) => {
    let text = ''
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
    return btoa(text)
  }
  const wrap = (value: unknown): unknown => {
    if (value === undefined) return { $: 'undefined' }
    if (typeof value === 'bigint') return { $: 'bigint', v: value.toString() }
    if (typeof value === 'number' && !Number.isFinite(value)) return { $: 'number', v: String(value) }
    if (typeof value === 'function') {
      if (functions === undefined) throw new TypeError('An object could not be cloned.')
      return { $: 'function', v: functions.idOf(value as (...args: unknown[]) => unknown) }
    }
    if (typeof value === 'symbol') throw new TypeError('An object could not be cloned.')
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Uint8Array) return { $: 'bytes', v: toBase64(value) }
    if (value instanceof Date) return { $: 'date', v: value.getTime() }
    if (value instanceof Error) return { $: 'error', v: { name: value.name, message: value.message } }
    if (Array.isArray(value)) return value.map(wrap)
    const plain = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, wrap(inner)]))
    return '$' in plain ? { $: 'object', v: plain } : plain
  }
  const unwrapPlain = (value: object) =>
    Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]))
  const unwrap = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(unwrap)
    if (!('$' in value)) return unwrapPlain(value)
    const { $, v } = value as Tagged
    switch ($) {
      case 'undefined':
        return undefined
      case 'bigint':
        return BigInt(v as string)
      case 'number':
        return Number(v)
      case 'bytes':
        return Uint8Array.from(atob(v as string), (char) => char.charCodeAt(0))
      case 'date':
        return new Date(v as number)
      case 'error':
        return Object.assign(new Error((v as Error).message), { name: (v as Error).name })
      case 'function':
        return functions!.byId(v as number)
      default:
        return unwrapPlain(v as object)
    }
  }
  return {
    encode: (value) => JSON.stringify(wrap(value)),
    decode: (text) => unwrap(JSON.parse(text)),
  }
}
