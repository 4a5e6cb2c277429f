/** The fields of the sale that keys and steps lead to. */
export type Place = 'member' | 'amount' | 'points' | 'book' | 'next'

/** Ids of the fields, one of each on the screen. */
export const placeId = (place: Place): string => `desk-${place}`

/** Puts the focus; a text field's contents are selected, so that typing replaces them. */
export function focusOn(place: Place): void {
  const element = document.getElementById(placeId(place))
  if (element === null) return
  element.focus()
  if (element instanceof HTMLInputElement) element.select()
}

/** Nobody is in the middle of typing something else. */
export function mayMoveFocus(): boolean {
  const focused = document.activeElement
  if (focused === null || focused === document.body) return true
  if (focused.closest('[data-keep-focus]') !== null) return false
  return !(focused instanceof HTMLInputElement) || focused.id.startsWith('desk-')
}
