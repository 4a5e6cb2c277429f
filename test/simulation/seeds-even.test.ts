import { SEEDS_A_FILE, simulationSuite } from './suite.ts'

/** The rules that this holds: [S60] [S61] [S62] [S63] [S64] [S65]. Every other seed, so that two processors share them. */
simulationSuite(0, 2, SEEDS_A_FILE)
