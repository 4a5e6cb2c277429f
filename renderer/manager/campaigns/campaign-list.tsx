import { useTranslation } from 'react-i18next'
import type { CampaignRow, CampaignState } from '../../../shared/campaigns/ask.ts'
import { useFormat } from '../../components/format.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { CsvButton, useFigures } from '../customers/parts.tsx'
import { figuresOf } from './figures.ts'
import { LatestPart } from './latest-part.tsx'
import { useLatest } from './use-campaigns.ts'

/** All campaigns and what each has brought so far. */
export function CampaignList({
  pin,
  onOpen,
  onNew,
}: {
  readonly pin: string
  readonly onOpen: (campaign: string) => void
  readonly onNew: (from: 'preset' | 'empty') => void
}) {
  const words = useCampaignWords()
  const draft = useDraftWords()
  const format = useFormat()
  const latest = useLatest(pin, { ask: 'list' }, 'list')
  return (
    <LatestPart latest={latest}>
      {({ campaigns, at }) => (
        <section className="sheet report" data-testid="campaign-list">
          <header className="between">
            <h2>{words.title}</h2>
            <p className="soft">{words.asOf(format.dayTime(at))}</p>
          </header>
          {campaigns.length === 0 && <p className="soft">{words.none}</p>}
          <div className="acts">
            <button type="button" className="btn main" data-testid="new-preset" onClick={() => onNew('preset')}>
              {draft.fromPreset}
            </button>
            <button type="button" className="btn" data-testid="new-empty" onClick={() => onNew('empty')}>
              {draft.fromEmpty}
            </button>
          </div>
          <ul className="own">
            {campaigns.map((row) => (
              <Row key={row.campaign} row={row} onOpen={() => onOpen(row.campaign)} />
            ))}
          </ul>
          {campaigns.length > 0 && <ListCsv campaigns={campaigns} />}
        </section>
      )}
    </LatestPart>
  )
}

const TONE: Readonly<Record<CampaignState, string>> = {
  draft: 'chip points',
  running: 'chip',
  paused: 'chip warn',
  stopped: 'chip bad',
}

export function StateChip({ state }: { readonly state: CampaignState }) {
  const words = useCampaignWords()
  return (
    <span className={TONE[state]} data-testid="campaign-state" data-state={state}>
      {words.state[state]}
    </span>
  )
}

function Row({ row, onOpen }: { readonly row: CampaignRow; readonly onOpen: () => void }) {
  const words = useCampaignWords()
  const format = useFormat()
  const figures = useFigures()
  const { i18n } = useTranslation()
  const { conversion, uplift } = figuresOf(words, i18n.language)
  const { campaign, name, state, began, treated } = row
  return (
    <li data-testid={`campaign-${campaign}`}>
      <button type="button" className="row" data-testid="campaign-open" onClick={onOpen}>
        <span className="between">
          <strong>{name}</strong>
          <StateChip state={state} />
        </span>
      </button>
      {state === 'draft' ? (
        <p className="soft">{words.gifts(format.points(row.largestGift))}</p>
      ) : (
        <dl className="small">
          <div>
            <dt>{words.began}</dt>
            <dd>{began === null ? words.notBegan : format.day(began)}</dd>
          </div>
          <div>
            <dt>{words.touched}</dt>
            <dd>{figures.whole(treated.of)}</dd>
          </div>
          <div>
            <dt>{words.bought}</dt>
            <dd>{`${figures.whole(treated.bought)} · ${conversion(treated)}`}</dd>
          </div>
          <div>
            <dt>{words.given}</dt>
            <dd>
              {format.points(row.pointsGiven)}
              <span className="soft"> {words.largestGift(format.points(row.largestGift))}</span>
            </dd>
          </div>
          <div className="wide">
            <dt>{words.uplift}</dt>
            <dd>{uplift(row.uplift)}</dd>
          </div>
        </dl>
      )}
    </li>
  )
}

function ListCsv({ campaigns }: { readonly campaigns: readonly CampaignRow[] }) {
  const words = useCampaignWords()
  return (
    <CsvButton
      name="campaigns"
      rows={() => [
        [
          'campaign',
          'name',
          'state',
          'began',
          'opened',
          'touched',
          'bought',
          'control',
          'control_bought',
          'uplift',
          'uplift_low',
          'uplift_high',
          'points_given',
        ],
        ...campaigns.map((row) => {
          const { estimate, low, high } = row.uplift === 'too early to tell' ? NO_UPLIFT : row.uplift
          const { treated, control } = row
          const groups = [treated.of, treated.bought, control.of, control.bought]
          const said = [row.campaign, row.name, words.state[row.state], row.began, row.opened]
          return [...said, ...groups, estimate, low, high, row.pointsGiven]
        }),
      ]}
    />
  )
}

const NO_UPLIFT = { estimate: null, low: null, high: null }
