import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Markdown, safeAddress } from "../src/ui/Markdown";

const render = (text: string) => renderToStaticMarkup(createElement(Markdown, { text }));

test("Markdown becomes elements", () => {
  const html = render("**bold** and [a link](https://example.com/x)\n\n- one\n- two");
  expect(html).toContain("<strong>bold</strong>");
  expect(html).toContain('href="https://example.com/x"');
  expect(html).toContain("<li>one</li>");
});

test.each([
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "<svg/onload=alert(1)>",
  "**<iframe src=javascript:alert(1)>**",
  "`<b onmouseover=alert(1)>`",
])("what looks like HTML is text: %s", (text) => {
  const html = render(text);
  expect(html).not.toMatch(/<(img|script|svg|iframe|b)\b/);
});

test("pictures are links, so that nothing is fetched from strangers", () => {
  const html = render("![cat](https://evil.example/track.png)");
  expect(html).not.toContain("<img");
  expect(html).toContain('rel="noopener noreferrer nofollow"');
});

test.each(["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "vbscript:x", "/relative", "file:///etc/passwd"])(
  "%s is no address to click",
  (address) => {
    expect(safeAddress(address)).toBeNull();
    expect(render(`[x](${address})`)).not.toContain("href");
  },
);

test("marks of sources can be pressed where there is something to show", () => {
  const html = renderToStaticMarkup(createElement(Markdown, { text: "So it is [1].", cite: () => undefined, citeLabel: (n) => `Source ${n}` }));
  expect(html).toContain('aria-label="Source 1"');
  expect(render("So it is [1].")).not.toContain("<button");
});
