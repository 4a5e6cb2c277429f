import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type * as Electron from 'electron'
import type { CDPSession, Page } from 'playwright-core'
import { BINDING, DELIVER, PRELOAD_WORLD, pageWorldSource, preloadWorldSource } from './bridge.ts'
import { browserContext, setPermission } from './chromium.ts'
import { makeCodec } from './codec.ts'
import { emitPreventable } from './emitter.ts'
import { answerInvoke, hearSend } from './ipc-main.ts'
import { isGranted } from './session.ts'

const codec = makeCodec()
let lastId = 0

interface FromPreload {
  readonly kind: 'invoke' | 'send'
  readonly id: number
  readonly channel: string
  readonly args: unknown[]
}

/** A page as Electron's webContents, with its preload in an isolated world. */
export class StandInWebContents {
  readonly id = ++lastId
  readonly #emitter = new EventEmitter()
  readonly #attached: Promise<void>
  #page: Page | undefined
  #session: CDPSession | undefined
  #frame = ''
  #world: { id: number; uniqueId: string } | undefined
  #wanted = ''
  #outgoing: { readonly world: string; readonly text: string }[] = []
  #openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })

  constructor(page: Promise<Page>, preload: string | undefined) {
    this.#attached = page.then((arrived) => this.#attach(arrived, preload))
    this.#attached.catch(() => this.#emitter.emit('render-process-gone', {}, { reason: 'launch-failed', exitCode: 1 }))
  }

  get mainFrame(): Electron.WebFrameMain {
    return { url: this.#page?.mainFrame().url() ?? '' } as Electron.WebFrameMain
  }

  on(name: string, listener: (...args: never[]) => void): this {
    this.#emitter.on(name, listener as (...args: unknown[]) => void)
    return this
  }

  setWindowOpenHandler(handler: (details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse): void {
    this.#openHandler = handler as (details: { url: string }) => { action: string }
  }

  getURL(): string {
    return this.mainFrame.url
  }

  isDestroyed(): boolean {
    return this.#page?.isClosed() ?? false
  }

  /** Lost where nobody listens yet, as in Electron. */
  send(channel: string, ...args: unknown[]): void {
    this.#deliver({ kind: 'event', channel, args })
  }

  async load(url: string): Promise<void> {
    await this.#attached
    this.#wanted = url
    await setPermission(new URL(url).origin, 'persistent-storage', isGranted('persistent-storage'))
    await this.#page!.goto(url)
  }

  reload(): void {
    void this.#page?.reload().catch(() => {})
  }

  forcefullyCrashRenderer(): void {
    void this.#session?.send('Page.crash').catch(() => {})
  }

  async capturePage(): Promise<Pick<Electron.NativeImage, 'toPNG'>> {
    await this.#attached
    const png = await this.#page!.screenshot()
    return { toPNG: () => png }
  }

  async #attach(page: Page, preload: string | undefined): Promise<void> {
    this.#page = page
    page.on('crash', () => this.#emitter.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }))
    page.on('load', () => this.#emitter.emit('did-finish-load'))
    page.on('popup', (popup) => {
      if (this.#openHandler({ url: popup.url() }).action === 'deny') void popup.close().catch(() => {})
    })
    await page.route('**/*', (route, request) => {
      const navigation = request.isNavigationRequest() && request.frame() === page.mainFrame()
      if (!navigation || request.url() === this.#wanted || request.url() === page.url()) return route.fallback()
      return emitPreventable(this.#emitter, 'will-navigate', request.url()) ? route.fallback() : route.abort('aborted')
    })
    const session = await browserContext().newCDPSession(page)
    this.#session = session
    session.on('Runtime.executionContextCreated', ({ context }) => {
      if (context.name === PRELOAD_WORLD && context.auxData?.frameId === this.#frame) {
        this.#world = { id: context.id, uniqueId: context.uniqueId }
      }
    })
    session.on('Runtime.executionContextsCleared', () => {
      this.#world = undefined
    })
    session.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === BINDING && executionContextId === this.#world?.id) this.#hear(codec.decode(payload) as FromPreload)
    })
    await session.send('Page.enable')
    this.#frame = (await session.send('Page.getFrameTree')).frameTree.frame.id
    await session.send('Runtime.enable')
    await session.send('Runtime.addBinding', { name: BINDING, executionContextName: PRELOAD_WORLD })
    await session.send('Page.addScriptToEvaluateOnNewDocument', { source: pageWorldSource() })
    if (preload === undefined) return
    const source = preloadWorldSource(readFileSync(preload, 'utf8'))
    await session.send('Page.addScriptToEvaluateOnNewDocument', { source, worldName: PRELOAD_WORLD })
  }

  #hear(message: FromPreload): void {
    const event = { sender: this, senderFrame: this.mainFrame }
    if (message.kind === 'send') {
      hearSend(event as unknown as Electron.IpcMainEvent, message.channel, message.args)
      return
    }
    const asked = this.#world
    void answerInvoke(event as unknown as Electron.IpcMainInvokeEvent, message.channel, message.args).then((answer) => {
      if (asked === this.#world) this.#deliver({ kind: 'reply', id: message.id, ...answer })
    })
  }

  /** What is said in one turn goes to the page in one call, in its order. */
  #deliver(message: object): void {
    if (this.#session === undefined || this.#world === undefined) return
    this.#outgoing.push({ world: this.#world.uniqueId, text: codec.encode(message) })
    if (this.#outgoing.length === 1) setImmediate(() => this.#flush())
  }

  #flush(): void {
    const outgoing = this.#outgoing
    this.#outgoing = []
    for (const world of new Set(outgoing.map((each) => each.world))) {
      const texts = outgoing.filter((each) => each.world === world).map((each) => each.text)
      void this.#session
        ?.send('Runtime.callFunctionOn', {
          functionDeclaration: `function (...texts) { for (const text of texts) ${DELIVER}(text) }`,
          arguments: texts.map((value) => ({ value })),
          uniqueContextId: world,
          silent: true,
        })
        .catch(() => {}) // the page went away meanwhile
    }
  }
}

type Used = Pick<
  Electron.WebContents,
  'id' | 'isDestroyed' | 'mainFrame' | 'getURL' | 'send' | 'setWindowOpenHandler' | 'reload' | 'forcefullyCrashRenderer'
>
type Fits<T extends Used & { capturePage(): Promise<Pick<Electron.NativeImage, 'toPNG'>> }> = T
/** What the app uses of webContents is as Electron types it. */
export type Checked = Fits<StandInWebContents>
