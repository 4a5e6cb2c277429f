import type { CoreEvent } from '../../shared/core-api.ts'

/** Shorter than anybody sees; several registers at once change the state hundreds of times a second. */
const STATE_EVERY_MS = 40

/**
 * Passes everything on at once but states that follow one another too fast: of those the first goes at once and the
 * last one soon after, since whoever shows a state needs none of those between.
 */
export function statesAtEase(pass: (event: CoreEvent) => void): (event: CoreEvent) => void {
  let last: CoreEvent | null = null
  let resting = false

  function rest(): void {
    resting = true
    setTimeout(() => {
      resting = false
      if (last === null) return
      pass(last)
      last = null
      rest()
    }, STATE_EVERY_MS)
  }

  return (event) => {
    if (event.type !== 'state') return pass(event)
    if (resting) {
      last = event
      return
    }
    pass(event)
    rest()
  }
}
