import { useSegmentWords } from '../../words/segments.ts'

/** What became of the last saving of settings. */
export interface Told {
  readonly ok: boolean
  readonly text: string
}

/** Below settings that are being changed: what was said of the last saving, and save, put back, the usual ones. */
export function SettingActs({
  name,
  told,
  canSave,
  canRestore,
  canUse,
  isUsual,
  onSave,
  onRestore,
  onUsual,
}: {
  readonly name: string
  readonly told: Told | null
  readonly canSave: boolean
  readonly canRestore: boolean
  /** Whether the usual ones would be others than what stands there. */
  readonly canUse: boolean
  readonly isUsual: boolean
  readonly onSave: () => void
  readonly onRestore: () => void
  readonly onUsual: () => void
}) {
  const words = useSegmentWords()
  return (
    <>
      {told !== null && (
        <p
          role={told.ok ? 'status' : 'alert'}
          className={told.ok ? 'good' : 'bad'}
          data-testid={told.ok ? `${name}-saved` : `${name}-problem`}
        >
          {told.text}
        </p>
      )}
      <div className="acts">
        <button type="button" className="btn main" data-testid={`${name}-save`} disabled={!canSave} onClick={onSave}>
          {words.save}
        </button>
        <button
          type="button"
          className="btn"
          data-testid={`${name}-restore`}
          disabled={!canRestore}
          onClick={onRestore}
        >
          {words.restore}
        </button>
        <button type="button" className="btn" data-testid={`${name}-usual`} disabled={!canUse} onClick={onUsual}>
          {words.usual}
        </button>
        {isUsual && <span className="soft">{words.isUsual}</span>}
      </div>
    </>
  )
}
