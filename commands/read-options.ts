import { type ParseArgsConfig, parseArgs } from 'node:util'

/** What a command was given; where it knows no such option it says which, how it is called, and ends with 2. */
export function readOptions<T extends ParseArgsConfig>(config: T, usage: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage.trimEnd()}\n`)
    process.exit(2)
  }
}
