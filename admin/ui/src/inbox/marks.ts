// Markdown marks put around what is selected in a text field.

export interface Selected {
  text: string;
  from: number;
  to: number;
}
export type Mark = "bold" | "italic" | "code" | "link" | "list";
const AROUND: Record<Exclude<Mark, "link" | "list">, string> = { bold: "**", italic: "_", code: "`" };

/** The text with the mark put on, or taken off where it already stands; and what is selected afterwards. */
export function mark({ text, from, to }: Selected, wanted: Mark): Selected {
  const inside = text.slice(from, to);
  if (wanted === "link") {
    const put = `[${inside}](https://)`;
    const at = from + put.length - 1;
    return { text: text.slice(0, from) + put + text.slice(to), from: at, to: at };
  }
  if (wanted === "list") {
    const start = text.lastIndexOf("\n", from - 1) + 1;
    const lines = text.slice(start, to).split("\n");
    const listed = lines.every((line) => line.startsWith("- "));
    const put = lines.map((line) => (listed ? line.slice(2) : `- ${line}`)).join("\n");
    return { text: text.slice(0, start) + put + text.slice(to), from: start, to: start + put.length };
  }
  const sign = AROUND[wanted];
  const bare = text.slice(from - sign.length, from) === sign && text.slice(to, to + sign.length) === sign;
  if (bare) {
    const without = text.slice(0, from - sign.length) + inside + text.slice(to + sign.length);
    return { text: without, from: from - sign.length, to: to - sign.length };
  }
  return {
    text: text.slice(0, from) + sign + inside + sign + text.slice(to),
    from: from + sign.length,
    to: to + sign.length,
  };
}

/** Puts words where the cursor stands, apart from what is around them. */
export function insert({ text, from, to }: Selected, words: string): Selected {
  const before = text.slice(0, from);
  const gap = before === "" || /\s$/.test(before) ? "" : "\n";
  const put = gap + words;
  return { text: before + put + text.slice(to), from: from + put.length, to: from + put.length };
}
