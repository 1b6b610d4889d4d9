// Markdown as one line of words, for places that show only the beginning of a text.
import { marked, type Token } from "marked";
import { decoded } from "./entities";

/** What a text says without its marks, cut to `most` characters. */
export function plainText(markdown: string, most = 240): string {
  // What a reader will never see need not be read: marks take at most a few times the place of the words.
  const tokens = marked.lexer(markdown.slice(0, most * 4), { gfm: true, breaks: true });
  const words = tokens.map(said).join(" ").replace(/\s+/g, " ").trim();
  return words.length > most ? `${words.slice(0, most - 1).trimEnd()}…` : words;
}

function said(token: Token): string {
  switch (token.type) {
    case "list":
      return (token.items as Token[]).map(said).join(" ");
    case "list_item":
    case "blockquote":
      return (token.tokens ?? []).map(said).join(" ");
    case "table":
      return [token.header, ...token.rows].flat().map((cell: { tokens: Token[] }) => cell.tokens.map(said).join("")).join(" ");
    case "br":
    case "space":
    case "hr":
    case "def":
      return " ";
    case "image":
      return token.text || token.href;
    default:
      if ("tokens" in token && token.tokens) return token.tokens.map(said).join("");
      return decoded("text" in token ? String(token.text) : token.raw);
  }
}
