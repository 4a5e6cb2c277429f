import { complain, say } from './output.ts'
import { rights } from './rights/command.ts'

/**
 * `rights --visits FILE`: how many offline redemptions the rights would have served on real visits. What is counted and
 * what the replay takes for granted is in docs/rights.md.
 */
process.exitCode = await rights(process.argv.slice(2), { say, complain })
