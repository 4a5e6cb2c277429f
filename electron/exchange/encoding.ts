/** Text of register programs: UTF-8, or Windows-1251 where the bytes are no UTF-8. Answers go back in the same. */
export type Encoding = 'utf-8' | 'windows-1251'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const windows1251 = new TextDecoder('windows-1251')

/** Notepad's "Unicode": two bytes a letter, told by the mark at its head. */
export const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

export function decoded(bytes: Uint8Array): { readonly text: string; readonly encoding: Encoding } {
  try {
    return { text: utf8.decode(bytes), encoding: 'utf-8' }
  } catch {
    return { text: windows1251.decode(bytes), encoding: 'windows-1251' }
  }
}

const byCharacter = new Map(Array.from({ length: 256 }, (_, byte) => [windows1251.decode(Uint8Array.of(byte)), byte]))
const QUESTION_MARK = 0x3f

export function encoded(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text)
  return Uint8Array.from([...text].map((character) => byCharacter.get(character) ?? QUESTION_MARK))
}
