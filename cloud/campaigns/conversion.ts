/** A purchase counts for a touch from its day on for so many days, unless the next touch came before it. Rule K9. */
export const CONVERSION_DAYS = 14
