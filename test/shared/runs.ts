/** How often a property is tried: a share of it where hundreds of mutants have to get through all of them. */
export const runs = (times: number) => ({ numRuns: Math.ceil(times * Number(process.env.PROPERTY_RUNS ?? '1')) })
