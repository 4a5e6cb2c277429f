import type { Journal, MoneyStore } from './ports.ts'

/**
 * Tells how long the two copies of an entry take, from the strict transaction's begin to the journal's answer. The core
 * itself knows no such clock.
 */
export function timedCopies(
  money: MoneyStore,
  journal: Journal,
  told: (ms: number) => void,
): { money: MoneyStore; journal: Journal } {
  let begun: number | null = null
  return {
    money: {
      ...money,
      append: (step) => {
        begun = performance.now()
        return money.append(step)
      },
    },
    journal: {
      ...journal,
      append: async (records) => {
        const reply = await journal.append(records)
        if (begun !== null) told(performance.now() - begun)
        begun = null
        return reply
      },
    },
  }
}
