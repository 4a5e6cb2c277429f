import { type Problem, problemDocument } from '../../shared/problem.ts'

/** What a route refuses with: becomes a problem document. Thrown at the edge only. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly problem: Problem

  constructor(status: number, code: string, title: string, extra: Record<string, unknown> = {}) {
    super(title)
    this.problem = problemDocument(status, code, title, extra)
  }
}
