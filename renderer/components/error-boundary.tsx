import { Component, type ErrorInfo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface Props {
  readonly children: ReactNode
  /** Where a broken screen leads back to. */
  readonly onBack: () => void
}

/** A screen that breaks takes nothing else with it: booked receipts are safe, and there is a way back. */
export class ErrorBoundary extends Component<Props, { readonly broken: Error | null }> {
  override state: { readonly broken: Error | null } = { broken: null }

  static getDerivedStateFromError(broken: Error) {
    return { broken }
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error('a screen broke', error, info.componentStack)
  }

  override render(): ReactNode {
    const { broken } = this.state
    if (broken === null) return this.props.children
    const back = () => {
      this.props.onBack()
      this.setState({ broken: null })
    }
    return <Broken message={broken.message} onBack={back} />
  }
}

function Broken({ message, onBack }: { readonly message: string; readonly onBack: () => void }) {
  const { t } = useTranslation()
  return (
    <main className="whole page" data-testid="broken" role="alert">
      <h1>{t('common.broken.title')}</h1>
      <p>{t('common.broken.note')}</p>
      <button type="button" className="btn main" data-testid="broken-back" onClick={onBack}>
        {t('common.broken.back')}
      </button>
      <details className="soft">
        <summary>{t('common.broken.details')}</summary>
        <code>{message}</code>
      </details>
    </main>
  )
}
