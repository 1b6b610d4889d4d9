// One answer's text: written into its own element as it grows, so that what stands does not move.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Speech } from "../i18n";
import { linkCitations, MarkdownWriter } from "../markdown";
import type { Citation } from "../protocol";
import { Typist } from "../typist";

interface Props {
  text: string;
  /** More is coming. */
  growing: boolean;
  /** Whether to type what was not shown yet, or to show it at once. */
  smooth: boolean;
  citations: Citation[];
  speech: Speech;
  onCitation(n: number): void;
  onGrow(): void;
}

interface Pen {
  writer: MarkdownWriter;
  typist: Typist;
  aimed: string;
  finished: boolean;
}

function stillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export function Answer(props: Props) {
  const root = useRef<HTMLDivElement>(null);
  const pen = useRef<Pen | null>(null);
  const now = useRef(props);
  now.current = props;

  useLayoutEffect(() => {
    const { text, growing, smooth } = props;
    let held = pen.current;
    // What stands is kept only while the new text goes on from it.
    if (!held || held.finished || !text.startsWith(held.aimed)) {
      if (held?.finished && held.aimed === text) return;
      held?.typist.stop();
      held = take(root.current as HTMLDivElement, now);
      pen.current = held;
    }
    held.aimed = text;
    held.typist.aim(text, smooth && !stillness(), !growing);
    if (!growing && held.writer.written === text) finish(held, root.current as HTMLDivElement, now.current);
  }, [props.text, props.growing]);

  useEffect(() => () => pen.current?.typist.stop(), []);
  return <div class="markdown" ref={root} />;
}

function take(element: HTMLDivElement, now: { current: Props }): Pen {
  const writer = new MarkdownWriter(element);
  const held: Pen = {
    writer,
    aimed: "",
    finished: false,
    typist: new Typist(
      (text) => {
        writer.write(text);
        now.current.onGrow();
      },
      () => {
        if (!now.current.growing && writer.written === now.current.text) finish(held, element, now.current);
      },
    ),
  };
  return held;
}

function finish(held: Pen, element: HTMLDivElement, { citations, speech, onCitation, onGrow }: Props): void {
  if (held.finished) return;
  held.finished = true;
  held.writer.end();
  for (const pre of element.querySelectorAll("pre")) offerCopy(pre, speech);
  linkCitations(element, new Set(citations.map((c) => c.n)), (n) => speech.say("source", { n }), onCitation);
  onGrow();
}

function offerCopy(pre: HTMLPreElement, speech: Speech): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link copy";
  button.textContent = speech.say("copyCode");
  button.onclick = () => void navigator.clipboard?.writeText(pre.textContent ?? "").then(() => (button.textContent = speech.say("copied")));
  pre.after(button);
}
