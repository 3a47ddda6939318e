/** What differs between two payloads, by field. */

export interface Difference {
  pointer: string;
  /** undefined: it is not there. */
  before: string | undefined;
  after: string | undefined;
}

const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** The children of a value, with their pointers (RFC 6901). */
export function children(value: unknown, pointer: string): { name: string; pointer: string; value: unknown }[] {
  if (Array.isArray(value))
    return (value as unknown[]).map((each, index) => ({ name: String(index), pointer: `${pointer}/${index}`, value: each }));
  if (value && typeof value === "object")
    return Object.entries(value as Record<string, unknown>).map(([name, each]) => ({
      name,
      pointer: `${pointer}/${escaped(name)}`,
      value: each,
    }));
  return [];
}

function leaves(value: unknown, pointer = "", into = new Map<string, string>()): Map<string, string> {
  const inside = children(value, pointer);
  if (!inside.length && pointer) into.set(pointer, JSON.stringify(value) ?? "");
  for (const each of inside) leaves(each.value, each.pointer, into);
  return into;
}

/** In the order of the later one; and how many fields are equal. */
export function differences(before: unknown, after: unknown): { changed: Difference[]; equal: number } {
  const [old, fresh] = [leaves(before), leaves(after)];
  const changed: Difference[] = [];
  let equal = 0;
  for (const [pointer, value] of fresh) {
    if (old.get(pointer) === value) equal++;
    else changed.push({ pointer, before: old.get(pointer), after: value });
  }
  for (const [pointer, value] of old) if (!fresh.has(pointer)) changed.push({ pointer, before: value, after: undefined });
  return { changed, equal };
}
