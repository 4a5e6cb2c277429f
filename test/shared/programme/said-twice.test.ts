import { expect, test } from 'vitest'
import { saidTwice } from '../../../shared/programme/said-twice.ts'

const twice = (text: string) => saidTwice(text).map(({ message }) => message)

test('a name that stands twice in one object is told with its place, wherever it is', () => {
  expect(twice('{"a": {"x": 1, "x": 2}, "b": [{}, {"y": [1], "\\u0079": {}}], "a": 3}')).toEqual([
    'a.x: found it a second time; each name once in an object is allowed',
    'b[1].y: found it a second time; each name once in an object is allowed',
    'a: found it a second time; each name once in an object is allowed',
  ])
})

test('the same name in two objects, and what only looks like one in a text, is none', () => {
  expect(twice('{"a": {"x": "{\\"x\\": 1, \\"x\\": 2}"}, "b": {"x": "a", "a": "x"}, "__proto__": ["a", "a"]}')).toEqual(
    [],
  )
})

test('a text that is nested without end, or no JSON, is gone through all the same', () => {
  expect(twice(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).toEqual([])
  expect(twice('}]{"a",,"a" "b')).toEqual(['a: found it a second time; each name once in an object is allowed'])
})
