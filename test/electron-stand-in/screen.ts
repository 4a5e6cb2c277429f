import { EventEmitter } from 'node:events'
import type * as Electron from 'electron'
import { screenSize } from './chromium.ts'

const emitter = new EventEmitter()

const self = (): Electron.Screen => screen as unknown as Electron.Screen

export const screen = {
  getPrimaryDisplay: () => {
    const area = { x: 0, y: 0, ...screenSize() }
    return { bounds: area, workArea: area, scaleFactor: 1 } as Electron.Display
  },
  on: ((name: string, listener: () => void) => {
    emitter.on(name, listener)
    return self()
  }) as Electron.Screen['on'],
} satisfies Pick<typeof Electron.screen, 'getPrimaryDisplay' | 'on'>
