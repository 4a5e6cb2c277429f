import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Who may import whom. Changing the rule is a change of this table. */
const mayImport: Record<string, readonly string[]> = {
  shared: [],
  electron: ['shared'],
  renderer: ['shared'],
  cloud: ['shared'],
  commands: ['shared'],
  bench: ['shared', 'electron', 'renderer', 'cloud', 'commands', 'test'],
  test: ['shared', 'electron', 'renderer', 'cloud', 'commands', 'bench'],
}

/** Packages that only one folder may touch. */
const onlyIn: Record<string, string> = {
  electron: 'electron',
  'node-hid': 'electron',
  serialport: 'electron',
  dexie: 'renderer',
}

/** What pure code may lean on. */
const sharedMayUse = [
  'zod',
  '@noble/curves',
  '@noble/hashes',
  'canonicalize',
  'temporal-polyfill',
  'libphonenumber-js',
  'numeric',
]

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.split(sep).includes('node_modules'))
    .map((file) => join(folder, file))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"]([^'"]+)['"]/g
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3]!)
}

const packageName = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

describe.each(Object.keys(mayImport))('%s', (folder) => {
  test('imports only the folders that it may', () => {
    const wrong = sources(folder).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => relative(root, resolve(root, dirname(file), specifier)).split(sep)[0]!)
        .filter((target) => target !== folder && target in mayImport && !mayImport[folder]!.includes(target))
        .map((target) => `${file} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('leaves the packages alone that belong to another folder', () => {
    if (folder === 'test' || folder === 'bench') return
    const wrong = sources(folder).flatMap((file) =>
      importsOf(file)
        .map(packageName)
        .filter((name) => name in onlyIn && onlyIn[name] !== folder)
        .map((name) => `${file} imports ${name}`),
    )
    expect(wrong).toEqual([])
  })
})

test('shared is pure: no Node, no I/O package, no clock and no chance of its own', () => {
  const wrong = sources('shared').flatMap((file) => [
    ...importsOf(file)
      .filter((specifier) => !specifier.startsWith('.') && !sharedMayUse.includes(packageName(specifier)))
      .map((specifier) => `${file} imports ${specifier}`),
    ...[
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bcrypto\.(?:random|subtle|get)|\bfetch\(/g,
      ),
    ].map((match) => `${file} calls ${match[0]}`),
  ])
  expect(wrong).toEqual([])
})

test('the check itself finds sources and imports', () => {
  const files = sources('shared')
  expect(files.length).toBeGreaterThan(5)
  expect(files.flatMap(importsOf).length).toBeGreaterThan(files.length)
})
