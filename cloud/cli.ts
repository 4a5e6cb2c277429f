import { type Command, commands, help } from './commands.ts'
import { Complaint } from './complaint.ts'
import { Refusal } from './http/refusal.ts'
import { readCommandLine } from './options.ts'

/** `npm run -s cloud -- COMMAND`: the service and what its owner asks of it. Exit 1 for a complaint, 2 for a wrong call. */
try {
  const line = readCommandLine(process.argv.slice(2))
  const command: Command | undefined = line.command === undefined ? undefined : commands[line.command]
  if (line.flags.help || line.command === 'help') {
    process.stdout.write(help(line.command === 'help' ? line.rest[0] : line.command))
  } else if (command === undefined) {
    process.stderr.write(line.command === undefined ? help() : `There is no command "${line.command}".\n\n${help()}`)
    process.exitCode = 2
  } else {
    await command.run(line)
  }
} catch (error) {
  if (error instanceof Complaint) process.stderr.write(`${error.message}\n`)
  else if (error instanceof Refusal) process.stderr.write(inWords(error))
  else throw error
  process.exitCode = 1
}

function inWords({ problem }: Refusal): string {
  const errors = (problem.errors ?? []).map(
    ({ path, found, allowed }) => `  ${path}: found ${found}; allowed: ${allowed}`,
  )
  return [problem.title, ...errors, ''].join('\n')
}
