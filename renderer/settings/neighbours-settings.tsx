import { Switch, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { KeptView, NeighboursView, Settings } from '../../shared/desktop-api.ts'
import { useFormat } from '../components/format.ts'
import { useTill } from '../components/till-store.ts'
import { useNeighbourWords } from '../words/neighbours.ts'

/** The other tills of this shop: who is there, who keeps a copy of what this till has written, and what it keeps for them. */
export function NeighboursSettings({
  settings,
  onChange,
}: {
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const words = useNeighbourWords()
  const view = useTill((till) => till.neighbours)
  const [addresses, setAddresses] = useState<string | null>(null)
  const { lan } = settings
  const write = () => {
    if (addresses === null) return
    const wished = addresses.split(/[\s,]+/).filter((address) => address !== '')
    setAddresses(null)
    if (wished.join() !== lan.addresses.join()) onChange({ lan: { ...lan, addresses: wished } })
  }
  return (
    <section className="sheet card" data-testid="settings-neighbours">
      <h2>{words.title}</h2>
      <p className="soft">{words.note}</p>
      <Switch
        data-testid="neighbours-use"
        label={words.use}
        checked={lan.enabled}
        onChange={(event) => onChange({ lan: { ...lan, enabled: event.currentTarget.checked } })}
      />
      {view !== null && <Mirrored view={view} />}
      {view?.enabled && (
        <Textarea
          data-testid="neighbours-addresses"
          label={words.addresses}
          description={words.addressesNote}
          rows={2}
          spellCheck={false}
          value={addresses ?? lan.addresses.join('\n')}
          onChange={(event) => setAddresses(event.currentTarget.value)}
          onBlur={write}
        />
      )}
      {view !== null && view.kept.length > 0 && <Kept kept={view.kept} />}
    </section>
  )
}

/** One sentence that says whether there is a copy elsewhere, then each till. */
function Mirrored({ view: { enabled, tills, trouble } }: { readonly view: NeighboursView }) {
  const words = useNeighbourWords()
  const whole = tills.filter(({ mirror }) => mirror.behind === 0 && mirror.trouble === null)
  const sum = !enabled ? 'off' : tills.length === 0 ? 'none' : whole.length === 0 ? 'nobody' : 'kept'
  return (
    <>
      <p className={sum === 'nobody' ? 'warn' : ''} role="status" data-testid="mirror-sum" data-sum={sum}>
        {sum === 'kept' ? words.sums.kept(whole.map(({ till }) => till).join(', ')) : words.sums[sum]}
      </p>
      {enabled && trouble !== null && (
        <p className="warn" data-testid="neighbours-trouble">
          {words.networkTroubles[trouble.what]} <span className="soft">{trouble.message}</span>
        </p>
      )}
      {enabled && tills.length > 0 && (
        <ul className="devices" data-testid="neighbours">
          {tills.map((till) => (
            <Neighbour key={till.device} till={till} />
          ))}
        </ul>
      )}
    </>
  )
}

function Neighbour({
  till: { till, present, lastSeenAt, mirror },
}: {
  readonly till: NeighboursView['tills'][number]
}) {
  const words = useNeighbourWords()
  const format = useFormat()
  const { behind, trouble } = mirror
  const kept = behind === null ? 'unknown' : behind === 0 ? 'all' : 'behind'
  return (
    <li data-testid="neighbour" data-present={present} data-kept={trouble ?? kept}>
      <strong>{words.till(till)}</strong>
      <span className={present ? '' : 'soft'}>
        {present ? words.present : lastSeenAt === null ? words.unseen : words.seen(format.time(lastSeenAt))}
      </span>
      <span className={`line ${trouble === null && kept === 'all' ? 'soft' : 'warn'}`}>
        {trouble !== null
          ? words.troubles[trouble]
          : kept === 'behind'
            ? words.copies.behind(behind ?? 0)
            : words.copies[kept]}
      </span>
    </li>
  )
}

function Kept({ kept }: { readonly kept: readonly KeptView[] }) {
  const words = useNeighbourWords()
  return (
    <div>
      <p>{words.keeps}</p>
      <ul className="devices" data-testid="neighbours-kept">
        {kept.map(({ device, till, entries, unsent }) => (
          <li key={device} data-testid="kept" data-unsent={unsent ?? ''}>
            <strong>{till === null ? words.unknownTill : words.till(till)}</strong>
            <span className="soft">{words.entries(entries)}</span>
            {unsent !== null && unsent > 0 && <span className="line warn">{words.unsent(unsent)}</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}
