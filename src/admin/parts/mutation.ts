/** For the promise of a mutation whose failure the form shows from the mutation's own `error`. */
export function keptForTheForm(): void {}
