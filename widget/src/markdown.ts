// Markdown as it arrives, into DOM nodes by an allow-list: no images, no raw HTML, links to the web and mail
// alone and with their host shown. Everything a model or a customer wrote ends as a text node.

import * as smd from "streaming-markdown";

const TAGS: Partial<Record<smd.Token, string>> = {
  [smd.PARAGRAPH]: "p",
  [smd.HEADING_1]: "h3",
  [smd.HEADING_2]: "h3",
  [smd.HEADING_3]: "h4",
  [smd.HEADING_4]: "h4",
  [smd.HEADING_5]: "h4",
  [smd.HEADING_6]: "h4",
  [smd.CODE_INLINE]: "code",
  [smd.ITALIC_AST]: "em",
  [smd.ITALIC_UND]: "em",
  [smd.STRONG_AST]: "strong",
  [smd.STRONG_UND]: "strong",
  [smd.STRIKE]: "s",
  [smd.LINK]: "a",
  [smd.RAW_URL]: "a",
  [smd.BLOCKQUOTE]: "blockquote",
  [smd.LINE_BREAK]: "br",
  [smd.RULE]: "hr",
  [smd.LIST_UNORDERED]: "ul",
  [smd.LIST_ORDERED]: "ol",
  [smd.LIST_ITEM]: "li",
  [smd.TABLE]: "table",
  [smd.TABLE_ROW]: "tr",
  [smd.TABLE_CELL]: "td",
};

const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** The address in its normal form, or null where a visitor must not be sent there. */
export function safeHref(value: string): URL | null {
  // A relative address would point into the customer's own page; a browser strips these characters silently.
  if (/[\u0000-\u0020\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\\]/.test(value)) return null;
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    return null;
  }
  if (!SCHEMES.has(url.protocol)) return null;
  return url.protocol === "mailto:" || (url.hostname !== "" && url.username === "" && url.password === "") ? url : null;
}

/** Make an anchor that opens elsewhere and tells the page there nothing. */
export function aim(anchor: HTMLAnchorElement, url: URL): void {
  anchor.href = url.href;
  anchor.target = "_blank";
  anchor.rel = "noopener nofollow noreferrer";
}

interface Frame {
  type: smd.Token;
  node: Node;
  url?: URL;
}

class AllowList implements smd.Renderer<AllowList> {
  readonly data = this;
  private readonly frames: Frame[];

  constructor(root: Node) {
    this.frames = [{ type: smd.DOCUMENT, node: root }];
  }

  private get top(): Frame {
    return this.frames[this.frames.length - 1] as Frame;
  }

  private open(type: smd.Token): Node {
    const parent = this.top.node;
    if (type === smd.DOCUMENT) return parent;
    if (type === smd.CODE_BLOCK || type === smd.CODE_FENCE) {
      const pre = parent.appendChild(document.createElement("pre"));
      pre.tabIndex = 0;
      return pre.appendChild(document.createElement("code"));
    }
    return parent.appendChild(document.createElement(TAGS[type] ?? "span"));
  }

  add_token(data: AllowList, type: smd.Token): void {
    data.frames.push({ type, node: data.open(type) });
  }

  end_token(data: AllowList): void {
    const frame = data.frames.length > 1 ? (data.frames.pop() as Frame) : data.top;
    if (!(frame.node instanceof HTMLAnchorElement)) return;
    if (!frame.url) {
      // `[1]` opens like a link and is none; what it says goes back to being words.
      const words = [...frame.node.childNodes];
      frame.node.replaceWith(...(frame.type === smd.LINK ? ["[", ...words, "]"] : words));
      return;
    }
    const shown = frame.node.textContent ?? "";
    const place = frame.url.hostname || decode(frame.url.pathname);
    if (shown.trim() === "") frame.node.textContent = place;
    else if (!shown.includes(place)) {
      const host = document.createElement("span");
      host.className = "host";
      host.textContent = ` (${place})`;
      frame.node.append(host);
    }
  }

  add_text(data: AllowList, text: string): void {
    data.top.node.appendChild(document.createTextNode(text));
  }

  set_attr(data: AllowList, type: smd.Attr, value: string): void {
    const { node } = data.top;
    if (type === smd.HREF && node instanceof HTMLAnchorElement) {
      const url = safeHref(value);
      if (!url) return;
      data.top.url = url;
      aim(node, url);
    } else if (type === smd.START && node instanceof HTMLOListElement && /^\d{1,6}$/.test(value)) {
      node.start = Number(value);
    }
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Writes Markdown into an element piece by piece. */
export class MarkdownWriter {
  private readonly parser: smd.Parser;
  private plain: Text | null = null;
  written = "";

  constructor(private readonly root: HTMLElement) {
    root.replaceChildren();
    this.parser = smd.parser(new AllowList(root));
  }

  write(text: string): void {
    this.written += text;
    if (this.plain) this.plain.data += text;
    else this.guarded(() => smd.parser_write(this.parser, text));
  }

  end(): void {
    if (!this.plain) this.guarded(() => smd.parser_end(this.parser));
  }

  // A text the parser trips over is still shown, as it came.
  private guarded(step: () => void): void {
    try {
      step();
    } catch {
      this.plain = document.createTextNode(this.written);
      this.root.replaceChildren(this.plain);
    }
  }
}

/** Markdown without its signs, for screen readers' announcements. */
export function spoken(markdown: string): string {
  const shell = document.createElement("div");
  const writer = new MarkdownWriter(shell);
  writer.write(markdown);
  writer.end();
  for (const block of shell.querySelectorAll("p,li,h3,h4,pre,td,br")) block.append("\n");
  return (shell.textContent ?? "").replace(/\s*\[\d{1,2}\]/g, "").replace(/\s+/g, " ").trim();
}

/** Turn `[2]` into a button where source 2 exists. Code keeps its brackets. */
export function linkCitations(root: HTMLElement, known: ReadonlySet<number>, label: (n: number) => string, open: (n: number) => void): void {
  root.normalize();
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (text.parentElement?.closest("code,a,button")) continue;
    const pieces = text.data.split(/(\[\d{1,2}\])/);
    if (pieces.length < 2) continue;
    text.replaceWith(
      ...pieces.map((piece) => {
        const n = /^\[(\d{1,2})\]$/.exec(piece)?.[1];
        return n !== undefined && known.has(Number(n)) ? mark(Number(n), label, open) : piece;
      }),
    );
  }
}

function mark(n: number, label: (n: number) => string, open: (n: number) => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cite";
  button.textContent = String(n);
  button.setAttribute("aria-label", label(n));
  button.addEventListener("click", () => open(n));
  return button;
}
