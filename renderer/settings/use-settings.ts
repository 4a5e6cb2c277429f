import { useCallback, useEffect, useState } from 'react'
import type { Settings, SettingsReply } from '../../shared/desktop-api.ts'
import { desktop } from '../components/desktop.ts'
import { settingsChanged, useTill } from '../components/till-store.ts'

type Problems = Extract<SettingsReply, { ok: false }>['errors']

export interface EditSettings {
  readonly settings: Settings | null
  readonly problems: Problems
  /** True for a moment after a change was written. */
  readonly saved: boolean
  readonly change: (change: Partial<Settings>) => void
}

const SAVED_MS = 2000

/** Settings are written at each change; what the shell does not accept comes back with the reason. */
export function useSettings(): EditSettings {
  const settings = useTill((till) => till.settings)
  const [problems, setProblems] = useState<Problems>([])
  const [saved, setSaved] = useState(false)
  const change = useCallback((part: Partial<Settings>) => {
    void desktop()
      ?.changeSettings(part)
      .then((reply) => {
        setProblems(reply.ok ? [] : reply.errors)
        setSaved(reply.ok)
        if (reply.ok) settingsChanged(reply.settings)
      })
  }, [])
  useEffect(() => {
    if (!saved) return
    const timer = setTimeout(() => setSaved(false), SAVED_MS)
    return () => clearTimeout(timer)
  }, [saved])
  return { settings, problems, saved, change }
}
