import { Complaint } from './complaint.ts'
import { readCommandLine } from './options.ts'
import { serve } from './serve.ts'

/** The service as a process of its own: `main.ts [--data DIR] [--port N] [--demo] [--json]`, and all options of `serve`. */
try {
  await serve(readCommandLine(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof Complaint)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
