/** Something the person who runs the service has to change; shown as one sentence, without a stack. */
export class Complaint extends Error {
  override readonly name = 'Complaint'
}
