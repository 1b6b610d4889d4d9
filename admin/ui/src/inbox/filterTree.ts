// A view's filter as a person builds it: groups of conditions, and groups within them; and as the hub keeps it.

export type How = "all" | "any" | "none";
export interface Condition {
  field: string;
  op: string;
  value: string | boolean | null;
}
export interface Group {
  how: How;
  of: (Condition | Group)[];
}
type Tree = Record<string, unknown>;

/** How deep groups may be nested, so that with what "none of these" needs the hub's five levels are kept. */
export const DEEPEST = 2;

export function isGroup(one: Condition | Group): one is Group {
  return "how" in one;
}

export function emptyGroup(): Group {
  return { how: "all", of: [emptyCondition()] };
}

export function emptyCondition(): Condition {
  return { field: "state", op: "is", value: "waiting" };
}

/** A kept filter for editing. What was written by other means than here is understood as far as groups can say it. */
export function fromTree(tree: unknown): Group {
  const one = read(tree);
  return isGroup(one) ? one : { how: "all", of: [one] };
}

function read(tree: unknown): Condition | Group {
  const at = (tree ?? {}) as Tree;
  for (const how of ["all", "any"] as const) {
    if (Array.isArray(at[how])) return { how, of: at[how].map(read) };
  }
  if ("not" in at) {
    const inner = read(at["not"]);
    return { how: "none", of: isGroup(inner) && inner.how === "any" ? inner.of : [inner] };
  }
  const value = at["value"];
  return {
    field: String(at["field"] ?? "state"),
    op: String(at["op"] ?? "is"),
    value: typeof value === "boolean" ? value : value === null || value === undefined ? null : String(value),
  };
}

/** As the hub keeps it; groups without a condition are left out, null where nothing is left. */
export function toTree(one: Condition | Group): Tree | null {
  if (!isGroup(one)) return { field: one.field, op: one.op, value: one.value };
  const of = one.of.map(toTree).filter((branch) => branch !== null);
  if (of.length === 0) return null;
  return one.how === "none" ? { not: { any: of } } : { [one.how]: of };
}
