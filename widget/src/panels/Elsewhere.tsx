// Going on on WhatsApp or Telegram: what is agreed to, then a link and a code that work once.

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "./calls";
import { lent } from "./lent";
import { Sheet, type SheetProps } from "./sheet";

interface Offer {
  link: string;
  code: string;
  expires_at: string;
}

const NAMES: Record<string, string> = { telegram: "Telegram", whatsapp: "WhatsApp" };
const PLACES = /^https:\/\/(t|wa)\.me\//;

export function Elsewhere({ chat, speech, onClose }: SheetProps) {
  const ways = chat.view.config.elsewhere ?? [];
  const [agreed, setAgreed] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [offer, setOffer] = useState<(Offer & { name: string }) | null>(null);
  const link = useRef<HTMLAnchorElement>(null);
  // The button that had the focus is gone.
  useEffect(() => link.current?.focus(), [offer]);
  const consent = speech.say("elsewhereConsent");
  const ask = async (channel: string, kind: string): Promise<void> => {
    if (!agreed) return setProblem(speech.say("mustAgree"));
    const body = { channel, consent, words: speech.say("elsewhereWords") };
    const answer = await call(chat, "POST", `/conversations/${chat.view.transcript.conversation}/continuation`, body);
    const given = answer && ((await answer.json()) as Offer);
    if (!given || !PLACES.test(given.link)) return setProblem(speech.say("notNow"));
    setProblem(null);
    setOffer({ ...given, name: NAMES[kind] ?? kind });
  };
  return (
    <Sheet title={speech.say("elsewhere")} speech={speech} onClose={onClose}>
      <div class="asks letter">
        {offer ? (
          <>
            <p role="status">{speech.say("elsewhereReady", { until: lent.clock(speech.locale, offer.expires_at) })}</p>
            <a class="main onward" ref={link} href={offer.link} target="_blank" rel="noopener noreferrer">
              {speech.say("elsewhereOpen", { name: offer.name })}
            </a>
            <p>{speech.say("elsewhereCode", { name: offer.name })}</p>
            <code class="onward-code" dir="ltr" tabIndex={0} aria-label={speech.say("elsewhereCode", { name: offer.name })}>
              {offer.code}
            </code>
          </>
        ) : (
          <>
            <p>{speech.say("elsewhereWhy")}</p>
            <label class="consent">
              <input type="checkbox" name="agreed" checked={agreed} onChange={(event) => (setAgreed(event.currentTarget.checked), setProblem(null))} />
              <span>{consent}</span>
            </label>
            {ways.map(({ channel, kind }) => (
              <button type="button" class="main onward" key={channel} onClick={() => void ask(channel, kind)}>
                {speech.say("elsewhereOn", { name: NAMES[kind] ?? kind })}
              </button>
            ))}
          </>
        )}
        {problem && (
          <p class="failed" role="alert">
            {problem}
          </p>
        )}
      </div>
    </Sheet>
  );
}
