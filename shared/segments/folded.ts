/** Names and cities without regard to case, spaces around them and the dots of ё. */
export function folded(text: string): string {
  return text.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase().replaceAll('ё', 'е')
}

/** The first word of a full name as people here write it. */
export function firstNameOf(name: string): string | null {
  const first = folded(name).split(' ')[0]
  return first === undefined || first === '' ? null : first
}
