// A drawing of the bubble that follows the form. The real one is one click away.
import { useWords } from "../i18n/owner";
import { useScheme } from "../app/scheme";
import { IconMessages } from "../ui/icons";
import type { Site } from "./Designer";
import css from "./Preview.module.css";

/** Black or white, whichever is read better on a colour (WCAG's relative luminance). */
export function inkOn(color: string): "#000000" | "#ffffff" {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

export function Preview({ site, phone }: { site: Site; phone: boolean }) {
  const t = useWords();
  const machine = useScheme();
  const color = /^#[0-9a-fA-F]{6}$/.test(site.color ?? "") ? site.color! : "#0b7a75";
  const theme = site.theme === "light" || site.theme === "dark" ? site.theme : machine;
  const paint = { background: color, color: inkOn(color) };
  return (
    <figure className={css["page"]} data-phone={phone || undefined} data-side={site.position ?? "right"} aria-label={t("bubble.preview")}>
      <div className={css["panel"]} data-theme={theme} data-size={site.size ?? "normal"}>
        <header style={paint}>
          <bdi>{site.name || t("bubble.yourSite")}</bdi>
        </header>
        <div className={css["log"]}>
          {site.notice && <p className={css["notice"]}>{site.notice}</p>}
          <p className={css["bot"]} dir="auto">
            {site.greeting || t("bubble.usualGreeting")}
          </p>
          <div className={css["chips"]}>
            {site.suggestions?.map((one) => (
              <span key={one} style={{ borderColor: color }}>
                <bdi>{one}</bdi>
              </span>
            ))}
          </div>
        </div>
        <div className={css["field"]}>{t("bubble.write")}</div>
      </div>
      {!phone && (
        <div className={css["launcher"]} style={paint}>
          {site.launcher_text || <IconMessages size={22} aria-hidden />}
        </div>
      )}
    </figure>
  );
}
