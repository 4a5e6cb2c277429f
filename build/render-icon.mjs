/** build/icon.svg → build/icon.png, drawn by the system's Chromium. Run after a change of the drawing. */
import { readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const SIZE = 1024
const browser = await chromium.launch({
  executablePath: process.env.BONUSBOOK_CHROMIUM ?? '/usr/bin/chromium',
  chromiumSandbox: process.getuid?.() !== 0,
})
const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } })
const svg = readFileSync(new URL('./icon.svg', import.meta.url), 'utf8')
await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${SIZE}px }</style>${svg}`)
await page.screenshot({ path: new URL('./icon.png', import.meta.url).pathname, omitBackground: true })
await browser.close()
