import { Tabs } from "@mantine/core";
import { useState } from "react";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useTenantSettings } from "../knowledge/tuning";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { useTab } from "../owner/tab";
import { Page } from "../ui/Page";
import { Answers } from "./Answers";
import css from "./bot.module.css";
import { DeskRules } from "./DeskRules";
import { Evaluations } from "./Evaluations";
import { Handover } from "./Handover";
import { Hours } from "./Hours";
import { Models } from "./Models";
import { Phrases } from "./Phrases";
import { botOf } from "./settings";
import { TryIt } from "./TryIt";
import { Versions } from "./Versions";

const PARTS = ["answers", "versions", "models", "evaluation", "handover", "hours", "phrases"];

/** What the bot is told, how it speaks, when it gives a conversation to people; with a chat beside it to try. */
export function Bot() {
  const t = useWords();
  return (
    <Guard needs="tenant:read" title={t("bot.title")}>
      <Parts />
    </Guard>
  );
}

function Parts() {
  const t = useWords();
  const { may } = useHere();
  const query = useTenantSettings();
  const [tab, open] = useTab(PARTS, "answers");
  const [saved, setSaved] = useState(0);
  const changed = () => setSaved((n) => n + 1);
  const locked = !may("tenant:write");
  return (
    <Page title={t("bot.title")} wide>
      <div className={`${owner["two"]} ${css["beside"]}`}>
        <Tabs value={tab} onChange={open} keepMounted={false}>
          <Tabs.List mb="lg" className={css["parts"] ?? ""}>
            <Tabs.Tab value="answers">{t("bot.answers")}</Tabs.Tab>
            <Tabs.Tab value="versions">{t("bot.versions")}</Tabs.Tab>
            <Tabs.Tab value="models">{t("models.title")}</Tabs.Tab>
            {may("conversations:read_all") && <Tabs.Tab value="evaluation">{t("evaluation.tab")}</Tabs.Tab>}
            <Tabs.Tab value="handover">{t("bot.handover")}</Tabs.Tab>
            <Tabs.Tab value="hours">{t("bot.hours")}</Tabs.Tab>
            <Tabs.Tab value="phrases">{t("bot.phrases")}</Tabs.Tab>
          </Tabs.List>
          <Loaded query={query} shape="fields" n={5}>
            {({ settings }) => (
              <>
                <Tabs.Panel value="answers">
                  <Answers bot={botOf(settings)} locked={locked} saved={changed} />
                </Tabs.Panel>
                <Tabs.Panel value="versions">
                  <Versions locked={locked} saved={changed} />
                </Tabs.Panel>
                <Tabs.Panel value="models">
                  <Models locked={locked} />
                </Tabs.Panel>
                <Tabs.Panel value="evaluation">
                  <Evaluations locked={!may("knowledge:write")} />
                </Tabs.Panel>
                <Tabs.Panel value="handover">
                  <Handover bot={botOf(settings)} locked={locked} saved={changed} />
                  <DeskRules />
                </Tabs.Panel>
                <Tabs.Panel value="hours">
                  <Hours />
                </Tabs.Panel>
                <Tabs.Panel value="phrases">
                  <Phrases bot={botOf(settings)} locked={locked} saved={changed} />
                </Tabs.Panel>
              </>
            )}
          </Loaded>
        </Tabs>
        {may("chat") && <TryIt key={saved} />}
      </div>
    </Page>
  );
}
