import { simulationSuite } from './suite.ts'

simulationSuite(2, 4, 38)
