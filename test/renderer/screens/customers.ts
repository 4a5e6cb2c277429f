import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FULL, type Screen, type Stage } from './rig.ts'

/** What the cloud really answered, for nobody ("none") and for ten members ("ten"). */
export const reportsOf = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../fixtures/reports/${name}.json`), 'utf8'))

/** The manager's look at the customers, opened with the PIN. */
export async function unlockedOn(
  stage: Stage,
  scene: Parameters<Stage['open']>[0],
  size = FULL,
  dark = false,
): Promise<Screen> {
  return unlock(await stage.open(scene, size, dark))
}

export async function unlock(screen: Screen): Promise<Screen> {
  await screen.page.keyboard.press('F9')
  await screen.id('manager-customers').click()
  await screen.id('customers-open').click()
  await screen.page.keyboard.type('1234', { delay: 70 })
  await screen.page.keyboard.press('Enter')
  await screen.id('customers').waitFor()
  return screen
}
