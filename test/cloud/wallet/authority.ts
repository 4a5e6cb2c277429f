import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A certificate authority in the place of Apple's, made by openssl: real keys, real certificates, days as they are asked for. */

const CONFIG = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
rand_serial = yes
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
userId = optional
[issuer]
basicConstraints = critical,CA:TRUE
keyUsage = keyCertSign,cRLSign
[pass]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = clientAuth,emailProtection
[server]
basicConstraints = CA:FALSE
subjectAltName = IP:127.0.0.1,DNS:localhost
`

export interface Pair {
  readonly certificate: string
  readonly key: string
}

export interface Authority extends Pair {
  readonly folder: string
  issue(subject: string, options?: IssueOptions): Pair
  openssl(...args: readonly string[]): string
}

interface IssueOptions {
  readonly kind?: 'pass' | 'server'
  readonly from?: string
  readonly to?: string
  readonly curve?: boolean
}

const FROM = '20250101000000Z'
const TO = '20400101000000Z'
export const PASS_TYPE = 'pass.example.cafe'
export const PASS_SUBJECT = `/UID=${PASS_TYPE}/CN=Pass Type ID: ${PASS_TYPE}/OU=TEAM123456/O=Corner Cafe`

const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export function authority(name = 'Test WWDR'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-authority-'))
  folders.push(folder)
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', [...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  writeFileSync(join(folder, 'ca.cnf'), CONFIG)
  writeFileSync(join(folder, 'index.txt'), '')
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.csr', '-subj', `/CN=${name}/O=Test`)
  const sign = (csr: string, out: string, extensions: string, days: readonly string[], more: readonly string[]) =>
    openssl('ca', '-batch', '-config', 'ca.cnf', '-notext', '-in', csr, '-out', out, '-extensions', extensions,
      '-startdate', days[0]!, '-enddate', days[1]!, '-keyfile', 'ca.key', ...more) // biome-ignore format: one command
  sign('ca.csr', 'ca.pem', 'issuer', [FROM, TO], ['-selfsign'])
  let count = 0
  return {
    folder,
    certificate: read('ca.pem'),
    key: read('ca.key'),
    openssl,
    issue(subject, { kind = 'pass', from = FROM, to = TO, curve = false } = {}) {
      count += 1
      const [key, csr, pem] = [`${count}.key`, `${count}.csr`, `${count}.pem`]
      if (curve) openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', key)
      else openssl('genrsa', '-out', key, '2048')
      openssl('req', '-new', '-key', key, '-out', csr, '-subj', subject)
      sign(csr, pem, kind, [from, to], ['-cert', 'ca.pem'])
      return { certificate: read(pem), key: read(key) }
    },
  }
}
