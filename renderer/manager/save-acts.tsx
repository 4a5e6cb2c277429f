import { useUnfinishedWords } from '../words/unfinished.ts'

interface SaveActs {
  /** What the ids of its buttons begin with. */
  readonly name: string
  readonly words: { readonly save: string; readonly cancel: string }
  readonly busy: boolean
  readonly canSave?: boolean
  /** Somebody else has saved something in this place meanwhile: it can be kept as a copy. */
  readonly isOvertaken: boolean
  readonly onSave: (asCopy: boolean) => Promise<void>
  readonly onCancel: () => void
}

/** Under what a manager writes: save it, keep it beside what somebody else has saved, or give it up. */
export function SaveActs({ name, words, busy, canSave = true, isOvertaken, onSave, onCancel }: SaveActs) {
  const { saveCopy } = useUnfinishedWords()
  return (
    <div className="acts">
      <button
        type="button"
        className="btn main"
        data-testid={`${name}-save`}
        disabled={busy || !canSave}
        aria-busy={busy}
        onClick={() => void onSave(false)}
      >
        {words.save}
      </button>
      {isOvertaken && (
        <button
          type="button"
          className="btn"
          data-testid={`${name}-copy`}
          disabled={busy}
          onClick={() => void onSave(true)}
        >
          {saveCopy}
        </button>
      )}
      <button type="button" className="btn" data-testid={`${name}-cancel`} disabled={busy} onClick={onCancel}>
        {words.cancel}
      </button>
    </div>
  )
}
