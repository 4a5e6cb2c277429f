import { simulationSuite } from './suite.ts'

/** The rules that this holds: [S60] [S61] [S62] [S63] [S64]. `SIMULATION_SEEDS=152` is the long way. */
simulationSuite(0, 1, Number(process.env.SIMULATION_SEEDS ?? 12))
