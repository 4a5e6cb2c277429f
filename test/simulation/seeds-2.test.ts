import { simulationSuite } from './suite.ts'

simulationSuite(1, 4, 38)
