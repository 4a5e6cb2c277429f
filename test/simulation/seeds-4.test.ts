import { simulationSuite } from './suite.ts'

simulationSuite(3, 4, 38)
