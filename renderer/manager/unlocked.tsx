import { type ReactNode, useState } from 'react'
import type { CoreRefusal } from '../../shared/core-api.ts'
import { tryPin } from './customers/use-report.ts'
import { PinPad } from './pin-pad.tsx'

/** What only whoever has a manager's PIN may see; the PIN is kept by the manager's screen and forgotten with it. */
export function Unlocked({
  name,
  title,
  note,
  open,
  pin,
  onPin,
  children,
}: {
  readonly name: string
  readonly title: string
  readonly note: string
  readonly open: string
  readonly pin: string | null
  readonly onPin: (pin: string) => void
  readonly children: (pin: string) => ReactNode
}) {
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<CoreRefusal | null>(null)
  const withPin = async (given: string) => {
    setBusy(true)
    setRefusal(null)
    const refused = await tryPin(given)
    setBusy(false)
    if (refused === null) onPin(given)
    else setRefusal(refused)
  }
  if (pin !== null) return children(pin)
  if (asking)
    return <PinPad title={title} busy={busy} refusal={refusal} onPin={withPin} onCancel={() => setAsking(false)} />
  return (
    <section className="sheet report" data-testid={`${name}-locked`}>
      <header>
        <h2>{title}</h2>
        <p className="soft">{note}</p>
      </header>
      <button type="button" className="btn main book" data-testid={`${name}-open`} onClick={() => setAsking(true)}>
        {open}
      </button>
    </section>
  )
}
