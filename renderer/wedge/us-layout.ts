/**
 * Scanners press keys as on a US keyboard, whatever layout the till is in: what they meant follows from the physical
 * key and Shift alone. A Russian layout or CapsLock changes neither.
 */
const PAIRS: Readonly<Record<string, string>> = {
  Digit1: '1!',
  Digit2: '2@',
  Digit3: '3#',
  Digit4: '4$',
  Digit5: '5%',
  Digit6: '6^',
  Digit7: '7&',
  Digit8: '8*',
  Digit9: '9(',
  Digit0: '0)',
  Minus: '-_',
  Equal: '=+',
  BracketLeft: '[{',
  BracketRight: ']}',
  Backslash: '\\|',
  IntlBackslash: '\\|',
  Semicolon: ';:',
  Quote: '\'"',
  Backquote: '`~',
  Comma: ',<',
  Period: '.>',
  Slash: '/?',
  Space: '  ',
  NumpadAdd: '++',
  NumpadSubtract: '--',
  NumpadMultiply: '**',
  NumpadDivide: '//',
  NumpadDecimal: '..',
}

/** The character of a key on a US keyboard; undefined for keys that write nothing. */
export function usCharacter(code: string, shift: boolean): string | undefined {
  if (/^Key[A-Z]$/.test(code)) return shift ? code[3]! : code[3]!.toLowerCase()
  if (/^Numpad\d$/.test(code)) return code[6]
  return PAIRS[code]?.[shift ? 1 : 0]
}

/** Control characters come as Ctrl with a key: Ctrl+] is GS, Ctrl+B is STX. */
export function controlCharacter(code: string): string | undefined {
  if (/^Key[A-Z]$/.test(code)) return String.fromCharCode(code.charCodeAt(3) - 64)
  return { BracketLeft: '\u001b', Backslash: '\u001c', BracketRight: '\u001d', Digit6: '\u001e', Minus: '\u001f' }[code]
}
