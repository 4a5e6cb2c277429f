/** Time as an argument: the service runs on the machine's clock, tests and the demo on their own. */
export type Clock = () => Date

export const machineClock: Clock = () => new Date()

/** As it travels. */
export const instant = (clock: Clock): string => clock().toISOString()
