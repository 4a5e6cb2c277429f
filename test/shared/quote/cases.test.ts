import { describe, expect, test } from 'vitest'
import { compileProgramme } from '../../../shared/programme/compile.ts'
import { quoteToJson } from '../../../shared/quote/json.ts'
import { quote } from '../../../shared/quote/quote.ts'
import { caseFiles, programmeOf, requestOf } from './cases.ts'

for (const { rule, about, cases } of caseFiles()) {
  describe(`[${rule}] ${about}`, () => {
    test.each(cases)('$name', (worked) => {
      const quoted = quote(compileProgramme(programmeOf(worked)), requestOf(worked))
      const answer = quoted.ok ? quoteToJson(quoted.value) : { error: quoted.reason }
      expect(answer).toMatchObject(worked.expect)
    })
  })
}

test('every rule of the calculation up to the margin has its worked cases', () => {
  const rules = new Set(caseFiles().map((file) => file.rule))
  for (let n = 1; n <= 24; n++) expect(rules).toContain(`Q${n}`)
})
