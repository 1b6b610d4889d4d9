// Our own sketches of where a platform shows what is to be copied: a window, its menu, and the field that counts.
import { useWords, type OwnKey } from "../i18n/owner";
import css from "./Drawing.module.css";

interface Sketch {
  place: string;
  menu: string[];
  here: number;
  fields: [string, string][];
}

const META = "developers.facebook.com";
const SKETCHES: Record<string, Sketch> = {
  whatsapp: { place: META, menu: ["Dashboard", "App settings", "WhatsApp", "API Setup"], here: 3, fields: [["Phone number ID", "1065…2922"], ["Account ID", "1022…0398"]] },
  messenger: { place: META, menu: ["Dashboard", "App settings", "Messenger", "API settings"], here: 3, fields: [["Page", "1234…890"], ["Token", "EAAG…"]] },
  telegram: { place: "Telegram · @BotFather", menu: ["/newbot", "/mybots", "/token"], here: 0, fields: [["Use this token", "1234:ABC…"]] },
  slack: { place: "api.slack.com/apps", menu: ["Basic Information", "OAuth & Permissions", "Event Subscriptions"], here: 1, fields: [["Bot User OAuth Token", "xoxb-…"]] },
};

export function Drawing({ kind }: { kind: string }) {
  const t = useWords();
  const sketch = SKETCHES[kind];
  if (!sketch) return null;
  const words = sketch.fields.map(([name]) => name).join(", ");
  return (
    <figure className={css["figure"]}>
      <svg viewBox="0 0 560 190" role="img" aria-label={t("channels.drawing" as OwnKey, { place: sketch.place, menu: sketch.menu[sketch.here] ?? "", fields: words })} direction="ltr">
        <rect className={css["window"]} x="1" y="1" width="558" height="188" rx="8" />
        <line className={css["line"]} x1="1" y1="31" x2="559" y2="31" />
        <rect className={css["bar"]} x="70" y="8" width="300" height="16" rx="8" />
        <text className={css["small"]} x="82" y="20">{sketch.place}</text>
        {[16, 32, 48].map((x) => <circle key={x} className={css["bar"]} cx={x} cy="16" r="5" />)}
        <line className={css["line"]} x1="190" y1="31" x2="190" y2="189" />
        {sketch.menu.map((name, n) => (
          <g key={name}>
            {n === sketch.here && <rect className={css["here"]} x="8" y={42 + n * 32} width="174" height="26" rx="6" />}
            <text className={n === sketch.here ? css["strong"] : css["small"]} x="20" y={59 + n * 32}>{name}</text>
          </g>
        ))}
        {sketch.fields.map(([name, value], n) => (
          <g key={name}>
            <text className={css["small"]} x="214" y={60 + n * 62}>{name}</text>
            <rect className={css["field"]} x="214" y={68 + n * 62} width="236" height="28" rx="6" />
            <text className={css["value"]} x="226" y={86 + n * 62}>{value}</text>
            <rect className={css["copy"]} x="460" y={68 + n * 62} width="80" height="28" rx="6" />
            <text className={css["act"]} x="500" y={86 + n * 62}>{t("error.copy")}</text>
          </g>
        ))}
      </svg>
    </figure>
  );
}
