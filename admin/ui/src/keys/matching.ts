/** Those whose names hold every typed word, the ones that begin with the first of them before the others. */
export function matching<T extends { name: string }>(things: T[], typed: string): T[] {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const fits = things.filter(({ name }) => words.every((word) => name.toLocaleLowerCase().includes(word)));
  const first = words[0];
  if (!first) return fits;
  const rank = (name: string) => (name.toLocaleLowerCase().startsWith(first) ? 0 : 1);
  return [...fits].sort((a, b) => rank(a.name) - rank(b.name));
}
