/** Something an answer cannot be taken with; the message says which and why. */
export class SetupFailed extends Error {
  override readonly name = 'SetupFailed';
}
