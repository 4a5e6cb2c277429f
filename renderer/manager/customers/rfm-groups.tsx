import { useRfmWords } from '../../words/rfm-settings.ts'
import { filled } from '../../words/segments.ts'
import {
  cellsOf,
  FACTORS,
  type GroupDraft,
  type Range,
  type RfmDraft,
  type RfmRead,
  rangesOf,
  usualGroups,
} from './rfm-draft.ts'
import { useTypedProblem } from './typed-field.tsx'

const GROUPS_MAX = 125

/** Which cells of the map are called what: the usual ones, or own ones in an order that decides. */
export function RfmGroups({
  draft,
  read,
  groupName,
  onDraft,
}: {
  readonly draft: RfmDraft
  readonly read: RfmRead
  readonly groupName: (name: string) => string
  readonly onDraft: (draft: RfmDraft) => void
}) {
  const words = useRfmWords()
  const put = (groups: readonly GroupDraft[] | null) => onDraft({ ...draft, groups })
  const shown = draft.groups
  return (
    <section aria-label={words.groups} data-testid="rfm-group-map">
      <div className="between">
        <h3>{words.groups}</h3>
        <button
          type="button"
          className="btn"
          data-testid="rfm-groups-own"
          // Own names begin as those that are read, so that what is renamed is seen.
          onClick={() =>
            put(
              shown === null
                ? usualGroups(draft.grades).map((group) => ({ ...group, name: groupName(group.name) }))
                : null,
            )
          }
        >
          {shown === null ? words.ownGroups : words.usualGroups}
        </button>
      </div>
      {shown !== null && <Own groups={shown} grades={draft.grades} read={read} onGroups={put} />}
    </section>
  )
}

function Own({
  groups,
  grades,
  read,
  onGroups,
}: {
  readonly groups: readonly GroupDraft[]
  readonly grades: number
  readonly read: RfmRead
  readonly onGroups: (groups: readonly GroupDraft[]) => void
}) {
  const words = useRfmWords()
  const cells = cellsOf(groups, grades)
  const add = () => {
    const key = Math.max(-1, ...groups.map((group) => group.key)) + 1
    onGroups([...groups, { key, name: '', ranges: { r: null, f: null, m: null } }])
  }
  const move = (place: number, by: number) =>
    onGroups(groups.with(place, groups[place + by]!).with(place + by, groups[place]!))
  return (
    <>
      <p className="soft">{words.groupsNote}</p>
      <ol className="rfm-groups">
        {groups.map((group, place) => (
          <OneGroup
            key={group.key}
            group={group}
            place={place}
            grades={grades}
            cells={cells.counts[place]!}
            read={read}
            isLast={place === groups.length - 1}
            onGroup={(changed) => onGroups(groups.with(place, changed))}
            onMove={(by) => move(place, by)}
            onRemove={() => onGroups(groups.toSpliced(place, 1))}
          />
        ))}
      </ol>
      {cells.none > 0 && (
        <p role="status" data-testid="rfm-no-group">
          {filled(words.none, { count: cells.none })}
        </p>
      )}
      <button
        type="button"
        className="btn"
        data-testid="rfm-group-add"
        disabled={groups.length >= GROUPS_MAX}
        onClick={add}
      >
        {words.add}
      </button>
    </>
  )
}

function OneGroup({
  group,
  place,
  grades,
  cells,
  read,
  isLast,
  onGroup,
  onMove,
  onRemove,
}: {
  readonly group: GroupDraft
  readonly place: number
  readonly grades: number
  readonly cells: number
  readonly read: RfmRead
  readonly isLast: boolean
  readonly onGroup: (group: GroupDraft) => void
  readonly onMove: (by: number) => void
  readonly onRemove: () => void
}) {
  const words = useRfmWords()
  const problem = useTypedProblem()(read.ok ? undefined : read.problems.get(`group.${place}`))
  const ranges = rangesOf(grades)
  const numbered = { place: place + 1 }
  return (
    <li data-testid={`rfm-group-${place}`}>
      <input
        aria-label={filled(words.name, numbered)}
        aria-invalid={problem !== undefined}
        data-testid={`rfm-group-name-${place}`}
        maxLength={64}
        value={group.name}
        onChange={(event) => onGroup({ ...group, name: event.target.value })}
      />
      {FACTORS.map((factor) => (
        <label key={factor}>
          <span className="soft">{words.factor[factor]}</span>
          <select
            aria-label={filled(words.range, { ...numbered, factor: words.factor[factor] })}
            data-testid={`rfm-group-${factor}-${place}`}
            value={written(group.ranges[factor])}
            onChange={(event) => {
              const chosen = ranges.find((range) => written(range) === event.target.value) ?? null
              onGroup({ ...group, ranges: { ...group.ranges, [factor]: chosen } })
            }}
          >
            {ranges.map((range) => (
              <option key={written(range)} value={written(range)}>
                {range === null ? words.any : written(range)}
              </option>
            ))}
          </select>
        </label>
      ))}
      <div className="acts">
        <button type="button" className="btn" disabled={place === 0} onClick={() => onMove(-1)}>
          {words.up}
        </button>
        <button type="button" className="btn" disabled={isLast} onClick={() => onMove(1)}>
          {words.down}
        </button>
        <button type="button" className="btn bare" data-testid={`rfm-group-remove-${place}`} onClick={onRemove}>
          {words.remove}
        </button>
      </div>
      {problem === undefined ? (
        <p className={cells === 0 ? 'warned' : 'soft'}>
          {cells === 0 ? words.noCell : filled(words.cells, { count: cells })}
        </p>
      ) : (
        <p role="status" className="bad">
          {problem}
        </p>
      )}
    </li>
  )
}

/** "3–5", "4", or nothing for any. */
function written(range: Range): string {
  if (range === null) return ''
  return range[0] === range[1] ? String(range[0]) : `${range[0]}–${range[1]}`
}
