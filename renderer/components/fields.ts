/** Writing into text fields from outside of them: the keypad's digits, and what a scan must take back. */

type Field = HTMLInputElement | HTMLTextAreaElement

const TEXT_TYPES = new Set(['text', 'search', 'tel', 'url', 'email', ''])

/** A field whose text and selection may be read and written; never a password. */
export function textField(element: Element | null): Field | null {
  if (element instanceof HTMLTextAreaElement) return element
  if (element instanceof HTMLInputElement && TEXT_TYPES.has(element.type)) return element
  return null
}

/** Sets the text as if it had been typed, so that React hears of it, and puts the caret. */
export function writeField(field: Field, text: string, from: number, to = from): void {
  const prototype = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype
  if (field.value !== text) {
    Object.getOwnPropertyDescriptor(prototype, 'value')!.set!.call(field, text)
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  field.setSelectionRange(from, to)
}

/** Puts text in the place of the selection. */
export function insertInto(field: Field, text: string): void {
  if (field.readOnly || field.disabled) return
  const [from, to] = selectionOf(field)
  writeField(field, field.value.slice(0, from) + text + field.value.slice(to), from + text.length)
}

/** Backspace. */
export function eraseFrom(field: Field): void {
  if (field.readOnly || field.disabled) return
  const [from, to] = selectionOf(field)
  const start = from === to ? Math.max(0, from - 1) : from
  writeField(field, field.value.slice(0, start) + field.value.slice(to), start)
}

/** Where the caret stands; the end where a field does not say. */
export function selectionOf(field: Field): readonly [number, number] {
  const end = field.value.length
  return [field.selectionStart ?? end, field.selectionEnd ?? end]
}
