// A walk through the pages: each is opened and told in a sentence. It stands aside and never covers what it tells of.
import { Button, CloseButton, Group } from "@mantine/core";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { stepsFor } from "./steps";
import css from "./tour.module.css";

/** The step in the address (`#tour-3`), so that going back and loading again work. */
export function Tour() {
  const t = useWords();
  const navigate = useNavigate();
  const { slug, may } = useHere();
  const heading = useRef<HTMLHeadingElement>(null);
  const steps = stepsFor(may);
  const place = Number(useLocation().hash.replace(/^tour-/, "")) - 1;
  const step = steps[place];
  useEffect(() => heading.current?.focus(), [place]);
  if (!step) return null;
  const go = (to: number) => {
    const next = steps[to];
    void navigate(next ? { to: `/${slug}/${next.path}`, hash: `tour-${to + 1}` } : { to: `/${slug}/start` });
  };
  const last = place === steps.length - 1;
  return (
    <section
      className={css["tour"]}
      aria-label={t("tour.title")}
      onKeyDown={(event) => {
        if (event.key === "Escape") go(-1);
      }}
    >
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {t("tour.place", { n: place + 1, all: steps.length })}
        </h2>
        <CloseButton aria-label={t("tour.end")} onClick={() => go(-1)} />
      </header>
      <p>{t(step.text)}</p>
      <Group justify="space-between">
        <Button variant="default" size="compact-sm" disabled={place === 0} onClick={() => go(place - 1)}>
          {t("own.back")}
        </Button>
        <Button size="compact-sm" onClick={() => go(last ? -1 : place + 1)}>
          {t(last ? "tour.end" : "own.next")}
        </Button>
      </Group>
    </section>
  );
}
