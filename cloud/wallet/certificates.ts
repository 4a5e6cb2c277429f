import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { Refusal } from '../http/refusal.ts'

/** What signs passes and opens the door to APNs, checked before it is kept. Rule W13. */

const pem = z.string().min(1).max(20_000)
export const appleAsked = z.strictObject({
  /** Of the pass type, as PEM. */
  certificate: pem,
  key: pem,
  passphrase: z.string().max(200).optional(),
  /** Apple's Worldwide Developer Relations certificate that issued it, as PEM. */
  intermediate: pem,
})
export const appleKept = z.object({ certificate: pem, key: pem, intermediate: pem })
export type AppleKept = z.infer<typeof appleKept>

export interface AppleIdentity {
  readonly passType: string
  readonly team: string
  /** The last moment at which it signs. */
  readonly until: Date
}

const wrong = (path: string, found: string, allowed: string): Refusal =>
  new Refusal(400, 'bad_certificate', 'This cannot sign passes for Apple Wallet.', {
    errors: [{ path, found, allowed }],
  })

/** Checks that these three belong together and hold now; the key comes back without its passphrase. */
export function checkApple(asked: z.output<typeof appleAsked>, now: Date): AppleKept {
  const certificate = certificateIn(asked.certificate, 'apple.certificate')
  const intermediate = certificateIn(asked.intermediate, 'apple.intermediate')
  const key = keyIn(asked.key, asked.passphrase)
  identityOf(certificate)
  if (key.asymmetricKeyType !== 'rsa') {
    throw wrong('apple.key', `a key of kind ${key.asymmetricKeyType}`, 'the RSA key that the certificate was made for')
  }
  if (!certificate.checkPrivateKey(key)) {
    throw wrong('apple.key', 'another key than the certificate’s', 'the key that the certificate was made for')
  }
  if (!certificate.checkIssued(intermediate) || !certificate.verify(intermediate.publicKey)) {
    throw wrong(
      'apple.intermediate',
      nameOf(intermediate),
      `the certificate that issued the other: ${nameOf({ subject: certificate.issuer })}`,
    )
  }
  checkDays(certificate, 'apple.certificate', now)
  checkDays(intermediate, 'apple.intermediate', now)
  return {
    certificate: certificate.toString(),
    key: key.export({ type: 'pkcs1', format: 'pem' }).toString(),
    intermediate: intermediate.toString(),
  }
}

/** What a kept certificate says of itself. */
export const appleIdentity = ({ certificate }: AppleKept): AppleIdentity => identityOf(new X509Certificate(certificate))

function identityOf(certificate: X509Certificate): AppleIdentity {
  const [passType, team] = [part(certificate.subject, 'UID'), part(certificate.subject, 'OU')]
  if (passType === undefined || !/^pass\.[\w.-]+$/.test(passType)) {
    throw wrong(
      'apple.certificate',
      `a certificate of ${passType ?? nameOf(certificate)}`,
      'one of a pass type identifier, such as pass.example.cafe',
    )
  }
  if (team === undefined) throw wrong('apple.certificate', 'no team in it', 'a certificate that Apple made for a team')
  return { passType, team, until: certificate.validToDate }
}

function certificateIn(text: string, path: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    const found = /-----BEGIN ([A-Z ]+)-----/.exec(text)?.[1]
    throw wrong(path, found === undefined ? 'no PEM' : `a PEM of ${found}`, 'a certificate as PEM')
  }
}

function keyIn(key: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    if (!/ENCRYPTED/.test(key)) throw wrong('apple.key', 'no private key', 'a private key as PEM')
    const found = passphrase === undefined ? 'none' : 'one that does not open the key'
    throw wrong('apple.passphrase', found, 'the passphrase of the key')
  }
}

function checkDays({ validFromDate, validToDate }: X509Certificate, path: string, now: Date): void {
  const [from, to] = [validFromDate, validToDate].map((date) => date.toISOString().slice(0, 10))
  if (now < validFromDate) throw wrong(path, `one that holds from ${from} on`, 'a certificate that holds today')
  if (now > validToDate) throw wrong(path, `one that ran out on ${to}`, 'a certificate that holds today')
}

const part = (subject: string, name: string): string | undefined =>
  subject
    .split('\n')
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1)
const nameOf = ({ subject }: { readonly subject: string }): string => part(subject, 'CN') ?? 'nobody'

export const googleAsked = z.strictObject({
  /** The issuer's number in Google's console. */
  issuer: z.string().regex(/^\d{5,30}$/, { error: 'the digits of the issuer are allowed' }),
  /** The key file of a service account, as Google gives it. */
  serviceAccount: z.object({
    client_email: z.email({ error: 'the mail address of a service account is allowed' }).max(300),
    private_key: pem,
    token_uri: z.url().max(500).default('https://oauth2.googleapis.com/token'),
  }),
})
export type GoogleKept = z.output<typeof googleAsked>

export function checkGoogle(asked: GoogleKept): GoogleKept {
  const refused = (found: string) =>
    new Refusal(400, 'bad_certificate', 'This cannot sign passes for Google Wallet.', {
      errors: [
        { path: 'google.serviceAccount.private_key', found, allowed: 'the RSA key of a service account as PEM' },
      ],
    })
  let key: KeyObject
  try {
    key = createPrivateKey(asked.serviceAccount.private_key)
  } catch {
    throw refused('no private key')
  }
  if (key.asymmetricKeyType !== 'rsa') throw refused(`a key of kind ${key.asymmetricKeyType}`)
  return asked
}
