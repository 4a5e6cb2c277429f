import type { CoreMethod, CoreParams, CoreReply, CoreResults } from '../../shared/core-api.ts'
import type { DesktopApi } from '../../shared/desktop-api.ts'

/** What preload exposes; undefined where the page was opened outside the app. */
export function desktop(): DesktopApi | undefined {
  return (globalThis as { readonly bonusbook?: DesktopApi }).bonusbook
}

/** Asks the till core, typed by its contract. A core that is away refuses like one that is starting. */
export async function call<M extends CoreMethod>(method: M, params: CoreParams<M>): Promise<CoreReply<CoreResults[M]>> {
  try {
    const reply = await desktop()?.call(method, params)
    return (reply as CoreReply<CoreResults[M]> | undefined) ?? { ok: false, reason: 'starting' }
  } catch {
    return { ok: false, reason: 'starting' }
  }
}
