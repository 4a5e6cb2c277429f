import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { gtinCheckDigit } from '../shared/identification/check-digit.ts'
import { readCode } from '../shared/identification/code.ts'
import { readDigitalLink } from '../shared/identification/gs1/digital-link.ts'
import { readElementString, writeElementString } from '../shared/identification/gs1/element-string.ts'
import { holdsPaymentNumber } from '../shared/identification/payment-card.ts'
import { readScanData } from '../shared/identification/scan-data.ts'
import { schemaErrors } from '../shared/problem.ts'
import { complain, say } from './output.ts'
import { readOptions } from './read-options.ts'

/**
 * `scan FILE.jsonl`: what scanners send, one JSON object a line, in; what the till makes of it, a line each, out. A line
 * that is no such object is answered in its place with `error`, so that answers stay beside their questions; exit 2 then.
 */
const USAGE = `usage: npm run -s scan -- FILE.jsonl

  FILE.jsonl   one object a line: {"kind":"scan","input":"..."}; kinds: scan, element-string, digital-link, gtin-check-digit

Prints what the till makes of each line, in its place. Ends with 0, or with 2 where a line or the file cannot be read.`
const EXIT_BAD_INPUT = 2
const LINE_MAX = 64 * 1024

const line = z.looseObject({
  kind: z.enum(['scan', 'element-string', 'digital-link', 'gtin-check-digit']),
  input: z.string(),
  options: z
    .looseObject({
      permitConvenienceAlphas: z.boolean().optional(),
      permitZeroSuppressedGTINinDLuris: z.boolean().optional(),
      permitUnknownAIs: z.boolean().optional(),
      'validate.UNKNOWN_AI_NOT_DL_ATTR': z.boolean().optional(),
    })
    .optional(),
})
type Line = z.infer<typeof line>

function answer({ kind, input, options }: Line): object {
  if (holdsPaymentNumber(input)) return { valid: false, problem: 'payment_card' } // and not a digit of it is said
  switch (kind) {
    case 'scan': {
      const read = readScanData(input, options)
      if (!read.ok) return { valid: false, ...why(read), till: readCode(input) }
      const { symbology, message, elements } = read.value
      const found = elements === undefined ? {} : { element_string: writeElementString(elements) }
      return { valid: true, symbology, message, ...found, till: readCode(input) }
    }
    case 'element-string': {
      const read = readElementString(input)
      return read.ok ? { valid: true, element_string: writeElementString(read.value) } : { valid: false, ...why(read) }
    }
    case 'digital-link': {
      const read = readDigitalLink(input, options)
      return read.ok ? { valid: true, element_string: writeElementString(read.value) } : { valid: false, ...why(read) }
    }
    case 'gtin-check-digit': {
      const isGtin = /^(\d{8}|\d{12,14})$/.test(input)
      return { valid: isGtin && gtinCheckDigit(input.slice(0, -1)) === Number(input.at(-1)) }
    }
  }
}

const why = ({ reason, detail }: { reason: string; detail: object }) => ({ problem: reason, ...detail })

async function main([file, ...more]: readonly string[]): Promise<number> {
  if (file === undefined || more.length > 0) {
    complain(USAGE)
    return EXIT_BAD_INPUT
  }
  let code = 0
  let number = 0
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const text of lines) {
      number++
      if (text.trim() === '') continue
      const parsed = parse(number === 1 ? text.replace(/^\uFEFF/, '') : text)
      if (typeof parsed === 'string') {
        complain(`line ${number}: ${parsed}`)
        say(JSON.stringify({ error: parsed }))
        code = EXIT_BAD_INPUT
      } else {
        say(JSON.stringify(answer(parsed)))
      }
    }
  } catch (error) {
    complain(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error}); a file of JSON lines is allowed`,
    )
    return EXIT_BAD_INPUT
  }
  return code
}

function parse(text: string): Line | string {
  if (text.length > LINE_MAX) return `longer than ${LINE_MAX} characters`
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return `no JSON (${(error as Error).message})`
  }
  const parsed = line.safeParse(json)
  if (parsed.success) return parsed.data
  return schemaErrors(parsed.error, json)
    .map(({ path, found, allowed }) => `${path === '(body)' ? 'the line' : path}: found ${found}, allowed ${allowed}`)
    .join('; ')
}

const { values, positionals } = readOptions(
  { options: { help: { type: 'boolean', short: 'h' } }, allowPositionals: true, strict: true },
  USAGE,
)
if (values.help) say(USAGE)
else process.exitCode = await main(positionals)
