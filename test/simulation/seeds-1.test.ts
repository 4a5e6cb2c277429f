import { simulationSuite } from './suite.ts'

/** The rules that this holds: [S60] [S61] [S62] [S63] [S64]. */
simulationSuite(0, 4, 38)
