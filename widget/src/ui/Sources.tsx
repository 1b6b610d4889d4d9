import { useLayoutEffect, useRef } from "preact/hooks";
import type { Speech } from "../i18n";
import { aim, safeHref } from "../markdown";
import type { Citation } from "../protocol";
import { Icon } from "./icons";

interface Props {
  id: string;
  citations: Citation[];
  open: boolean;
  chosen: number | null;
  speech: Speech;
  onToggle(): void;
}

/** The sources of one answer, folded away until somebody wants to look. */
export function Sources({ id, citations, open, chosen, speech, onToggle }: Props) {
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    if (open) (list.current?.querySelector("[data-chosen]") ?? list.current)?.scrollIntoView({ block: "nearest" });
  }, [open, chosen]);
  return (
    <div class="sources">
      <button type="button" class="toggle" aria-expanded={open} aria-controls={id} onClick={onToggle}>
        <Icon name="chevron" small />
        {speech.say("sources", { n: citations.length })}
      </button>
      <ol id={id} hidden={!open} ref={list}>
        {citations.map((citation) => (
          <Source key={citation.n} citation={citation} chosen={citation.n === chosen} speech={speech} />
        ))}
      </ol>
    </div>
  );
}

function Source({ citation, chosen, speech }: { citation: Citation; chosen: boolean; speech: Speech }) {
  const { n, title, section, page, quote } = citation;
  const url = citation.url ? safeHref(citation.url) : null;
  const where = [below(section, title), page == null ? null : speech.say("page", { n: page }), url?.hostname].filter(Boolean).join(" · ");
  return (
    <li data-chosen={chosen ? "" : undefined}>
      <span class="n">{n}</span>
      <div class="body">
        {url ? <a ref={(a) => void (a && aim(a, url))}>{title}</a> : <span class="title">{title}</span>}
        {where && <p class="where">{where}</p>}
        {quote && <blockquote>{quote}</blockquote>}
      </div>
    </li>
  );
}

/** The path to a section without the title that already stands above it. */
function below(section: string | null | undefined, title: string): string | null {
  if (!section || section === title) return null;
  return section.startsWith(`${title} \u203a `) ? section.slice(title.length + 3) : section;
}
