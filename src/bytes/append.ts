/** `target.push(...items)` for any number of items: arguments take stack, and a hundred thousand of them overflow it. */
export function append<T>(target: T[], items: Iterable<T>): void {
  for (const item of items) target.push(item);
}
