import type { CSSProperties } from 'react'

/** For sums, which must be seen whole: how many characters share the room, so that the style can size them. */
export const fitted = (text: string): CSSProperties => ({ '--characters': text.length }) as CSSProperties
