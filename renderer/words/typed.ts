/**
 * What another language must say, taken from the Russian words: the same keys, any text. The plural forms that only
 * Russian has are optional elsewhere. A missing key is a compile error.
 */
export type Words<T> = {
  readonly [K in keyof T as K extends `${string}_${'few' | 'many'}` ? never : K]: T[K] extends string
    ? string
    : Words<T[K]>
}
