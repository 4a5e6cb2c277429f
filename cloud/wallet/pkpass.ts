import { PKPass } from 'passkit-generator'
import { cardLabels, type WalletCard } from '../../shared/wallet/card.ts'
import type { Cloud } from '../cloud.ts'
import { passImages } from './images.ts'
import { passSecret } from './passes.ts'
import { appleOf, type Wallet } from './settings.ts'

/** A card as Apple Wallet reads it: pass.json, pictures, a manifest, and a signature over it. Rules W1 to W5. */

const rgb = (hex: string): string =>
  `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(', ')})`

const FORMATS = { qr: 'PKBarcodeFormatQR', code128: 'PKBarcodeFormatCode128' } as const

export function makePkpass(
  cloud: Pick<Cloud, 'clock' | 'keys' | 'tenant' | 'publicUrl'>,
  wallet: Wallet,
  serial: string,
  card: WalletCard,
): Buffer {
  const { certificate, key, intermediate, passType, team } = appleOf(cloud, wallet)
  const { words } = wallet
  const service =
    cloud.publicUrl === undefined
      ? {}
      : { webServiceURL: `${cloud.publicUrl}/wallet/apple/`, authenticationToken: passSecret(cloud, serial) }
  const pass = {
    formatVersion: 1,
    passTypeIdentifier: passType,
    teamIdentifier: team,
    serialNumber: serial,
    organizationName: words.organisation,
    description: card.programme,
    logoText: card.programme,
    backgroundColor: rgb(words.background),
    foregroundColor: rgb(words.foreground),
    labelColor: rgb(words.label),
    sharingProhibited: true,
    ...(card.isVoid ? { voided: true } : {}),
    ...service,
    ...(card.number === null
      ? {}
      : {
          barcodes: [
            {
              format: FORMATS[words.barcode],
              message: card.number,
              messageEncoding: 'iso-8859-1',
              altText: card.number,
            },
          ],
        }),
    storeCard: fieldsOf(card),
  }
  const files = { ...passImages(wallet), 'pass.json': Buffer.from(JSON.stringify(pass)) }
  return new PKPass(files, { wwdr: intermediate, signerCert: certificate, signerKey: key }).getAsBuffer()
}

/** A field whose value changes is told on the lock screen where it says how. */
function fieldsOf({ language, points, tier, burning, message, number }: WalletCard) {
  const labels = cardLabels[language]
  const field = (key: 'points' | 'tier' | 'burning' | 'message' | 'number', value: string | null, more = {}) =>
    value === null ? [] : [{ key, label: labels[key], value, ...more }]
  return {
    primaryFields: field('points', points),
    secondaryFields: [...field('tier', tier, { changeMessage: `${labels.tier}: %@` }), ...field('burning', burning)],
    backFields: [...field('message', message, { changeMessage: '%@' }), ...field('number', number)],
  }
}
