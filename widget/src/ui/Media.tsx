// A file in a message: a picture is shown, anything else is a link by its name. Only our own signed links are followed.

import type { Speech } from "../i18n";
import type { Part } from "../protocol";
import { Icon } from "./icons";

export function Media({ part, base, speech }: { part: Part; base: URL; speech: Speech }) {
  const name = part.name ?? speech.say("file");
  const url = part.url?.startsWith("/files/") ? new URL(part.url.slice(1), base).href : null;
  const label = [name, part.caption].filter(Boolean).join(" · ");
  if (!url) return <span class="attachment">{label}</span>;
  return (
    <a class="attachment" href={url} target="_blank" rel="noopener noreferrer" download={name}>
      {part.kind === "image" ? <img src={url} alt={label} loading="lazy" /> : <Icon name="clip" small />}
      {part.kind !== "image" && <span>{label}</span>}
    </a>
  );
}
