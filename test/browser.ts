import { type Browser, chromium } from 'playwright-core'
import { headlessChromiumPath } from './electron-stand-in/chromium.ts'

/** A real browser for pages that a test opens, without windows and without anything that it would fetch for itself. */
export async function openBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  return await chromium.launch({ executablePath: headlessChromiumPath(), args })
}
