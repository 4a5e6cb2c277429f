/**
 * What a command says. Whoever reads it may stop early (`| head`): then there is nobody left to talk to, which is an end
 * and no fault.
 */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

export function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}

export function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}

const QUIET_MS = 1000

/** Tells on stderr how far a long piece of work has come: at most once a second, and nothing of what takes less. */
export function progress(what: string): (done: number) => void {
  let last = performance.now()
  return (done) => {
    if (performance.now() - last < QUIET_MS) return
    last = performance.now()
    complain(`${what}: ${done}`)
  }
}
