// Five hundred hostile inputs, each arriving in two pieces split at every position: nothing but allowed nodes comes of it.

import { describe, expect, it } from "vitest";
import corpus from "../../tests/security/hostile_markdown.jsonl?raw";
import { MarkdownWriter } from "../src/markdown";

const INPUTS = corpus.trimEnd().split("\n").map((line) => JSON.parse(line) as string);
const ALLOWED = new Set("P,H3,H4,CODE,PRE,EM,STRONG,S,A,SPAN,BLOCKQUOTE,BR,HR,UL,OL,LI,TABLE,TR,TD".split(","));
const ATTRIBUTES: Record<string, RegExp> = {
  href: /^(https?:\/\/|mailto:)/,
  target: /^_blank$/,
  rel: /^noopener nofollow noreferrer$/,
  start: /^\d{1,6}$/,
  tabindex: /^0$/,
  class: /^host$/,
};

function complaints(root: Element): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll("*")) {
    if (!ALLOWED.has(element.tagName)) found.push(element.tagName);
    for (const { name, value } of element.attributes) {
      if (!ATTRIBUTES[name]?.test(value)) found.push(`${element.tagName} ${name}=${value}`);
      if (name === "href" && /^https?:/.test(value) && (new URL(value).username || !new URL(value).hostname)) found.push(value);
    }
  }
  return found;
}

describe("hostile Markdown, split at every position", () => {
  it("is at least 500 inputs", () => expect(new Set(INPUTS).size).toBeGreaterThanOrEqual(500));

  it("becomes allowed elements alone, every time", { timeout: 120_000 }, () => {
    const bad: string[] = [];
    let renders = 0;
    for (const text of INPUTS) {
      for (let at = 0; at <= text.length; at += 1) {
        const root = document.createElement("div");
        const writer = new MarkdownWriter(root);
        writer.write(text.slice(0, at));
        const half = complaints(root);
        writer.write(text.slice(at));
        writer.end();
        renders += 1;
        for (const complaint of [...half, ...complaints(root)]) bad.push(`${JSON.stringify(text.slice(0, 80))} at ${at}: ${complaint}`);
      }
    }
    expect(bad.slice(0, 20)).toEqual([]);
    expect(renders).toBeGreaterThan(18_000);
  });
});
