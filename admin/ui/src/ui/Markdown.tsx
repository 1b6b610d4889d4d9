// Markdown as elements. There is no HTML in between: what looks like tags is text, and pictures become links, so that
// nothing a stranger writes can run here or call out from here.
import { Fragment, memo, type ReactNode } from "react";
import { marked, type Token, type Tokens } from "marked";
import { decoded } from "./entities";
import css from "./Markdown.module.css";

const MOST = 40_000;

interface Props {
  text: string;
  /** Called with a source's number when its mark [1] is pressed. Without it marks are plain text. */
  cite?: ((n: number) => void) | undefined;
  citeLabel?: ((n: number) => string) | undefined;
}

export const Markdown = memo(function Markdown({ text, cite, citeLabel }: Props) {
  const shown = text.length > MOST ? `${text.slice(0, MOST)}…` : text;
  return (
    <div className={css["markdown"]} dir="auto">
      {blocks(marked.lexer(shown, { gfm: true, breaks: true }), { cite, citeLabel })}
    </div>
  );
});

type Ways = Pick<Props, "cite" | "citeLabel">;

function blocks(tokens: Token[], ways: Ways): ReactNode[] {
  return tokens.map((token, n) => <Fragment key={n}>{block(token, ways)}</Fragment>);
}

function block(token: Token, ways: Ways): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return <p className={css["heading"]}>{inlines(token.tokens ?? [], ways)}</p>;
    case "paragraph":
      return <p>{inlines(token.tokens ?? [], ways)}</p>;
    case "text":
      return token.tokens ? inlines(token.tokens, ways) : cited(token.text as string, ways);
    case "code":
      return (
        <pre dir="ltr">
          <code>{token.text}</code>
        </pre>
      );
    case "blockquote":
      return <blockquote>{blocks(token.tokens ?? [], ways)}</blockquote>;
    case "list": {
      const list = token as Tokens.List;
      const items = list.items.map((item, n) => <li key={n}>{blocks(item.tokens, ways)}</li>);
      return list.ordered ? <ol start={list.start === "" ? 1 : list.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case "table":
      return table(token as Tokens.Table, ways);
    case "hr":
      return <hr />;
    default:
      return <p>{token.raw.trimEnd()}</p>;
  }
}

function table(token: Tokens.Table, ways: Ways): ReactNode {
  return (
    <div className={css["scroll"]}>
      <table>
        <thead>
          <tr>
            {token.header.map((cell, n) => (
              <th key={n}>{inlines(cell.tokens, ways)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, n) => (
            <tr key={n}>
              {row.map((cell, m) => (
                <td key={m}>{inlines(cell.tokens, ways)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inlines(tokens: Token[], ways: Ways): ReactNode[] {
  return tokens.map((token, n) => <Fragment key={n}>{inline(token, ways)}</Fragment>);
}

function inline(token: Token, ways: Ways): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inlines(token.tokens ?? [], ways)}</strong>;
    case "em":
      return <em>{inlines(token.tokens ?? [], ways)}</em>;
    case "del":
      return <del>{inlines(token.tokens ?? [], ways)}</del>;
    case "codespan":
      return <code dir="ltr">{decoded(token.text as string)}</code>;
    case "br":
      return <br />;
    case "link":
      return <Out href={(token as Tokens.Link).href}>{inlines(token.tokens ?? [], ways)}</Out>;
    case "image":
      return <Out href={(token as Tokens.Image).href}>{(token as Tokens.Image).text || (token as Tokens.Image).href}</Out>;
    case "escape":
      return decoded(token.text as string);
    case "text":
      return token.tokens ? inlines(token.tokens, ways) : cited(token.text as string, ways);
    default:
      return token.raw;
  }
}

/** A link that says where it leads, and tells the other side nothing of where one comes from. */
export function Out({ href, children }: { href: string; children: ReactNode }) {
  const safe = safeAddress(href);
  if (!safe) return <>{children}</>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow" title={safe}>
      {children}
    </a>
  );
}

/** The address if it is one to click: web, mail or telephone. */
export function safeAddress(href: string): string | null {
  try {
    const address = new URL(href);
    return ["https:", "http:", "mailto:", "tel:"].includes(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}

function cited(raw: string, { cite, citeLabel }: Ways): ReactNode {
  const text = decoded(raw);
  if (!cite) return text;
  return text.split(/(\[\d{1,2}\])/).map((piece, n) => {
    const mark = /^\[(\d{1,2})\]$/.exec(piece);
    if (!mark) return piece;
    const number = Number(mark[1]);
    return (
      <button key={n} type="button" className={css["cite"]} onClick={() => cite(number)} aria-label={citeLabel?.(number)}>
        {number}
      </button>
    );
  });
}
