// A sheet lies over the conversation and goes away by its own button or by Escape; then the focus returns.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Chat } from "../chat";
import type { Speech } from "../i18n";
import { Icon } from "../ui/icons";

export interface SheetProps {
  chat: Chat;
  speech: Speech;
  onClose(): void;
}

export function Sheet({ title, speech, onClose, children }: { title: string; speech: Speech; onClose(): void; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section
      class="sheet"
      aria-labelledby="sheet-title"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="sheet-head">
        <button type="button" class="plain" aria-label={speech.say("back")} title={speech.say("back")} onClick={onClose}>
          <Icon name="back" />
        </button>
        <h3 id="sheet-title" tabIndex={-1} ref={heading}>
          {title}
        </h3>
      </div>
      {children}
    </section>
  );
}
