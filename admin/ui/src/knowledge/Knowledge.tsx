import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Guard } from "../owner/Guard";
import { Page } from "../ui/Page";
import { AddKnowledge } from "./AddKnowledge";
import { Contexts } from "./Contexts";
import { Cutting } from "./Cutting";
import { Documents } from "./Documents";
import { TestSearch } from "./TestSearch";
import { Vectors } from "./Vectors";
import { Websites } from "./Websites";

const PARTS = ["documents", "websites", "contexts", "search", "indexing"] as const;

/** All the bot may answer from: documents, websites, how they are grouped, what a search finds in them, and how they are made findable. */
export function Knowledge() {
  const t = useWords();
  return (
    <Guard needs="knowledge:read" title={t("knowledge.title")}>
      <Parts />
    </Guard>
  );
}

function Parts() {
  const t = useWords();
  const { slug, may } = useHere();
  const navigate = useNavigate();
  const { part = "documents" } = useParams({ strict: false }) as { part?: string };
  const writes = may("knowledge:write");
  const [adding, setAdding] = useState(false);
  return (
    <Page title={t("knowledge.title")} wide action={writes && <AddKnowledge opened={adding} open={() => setAdding(true)} close={() => setAdding(false)} />}>
      <Tabs value={part} onChange={(chosen) => void navigate({ to: "/$tenant/knowledge/$part", params: { tenant: slug, part: chosen ?? "documents" } })} keepMounted={false}>
        <Tabs.List mb="lg">
          {PARTS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`knowledge.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="documents">
          <Documents add={writes ? () => setAdding(true) : null} />
        </Tabs.Panel>
        <Tabs.Panel value="websites">
          <Websites />
        </Tabs.Panel>
        <Tabs.Panel value="contexts">
          <Contexts />
        </Tabs.Panel>
        <Tabs.Panel value="search">
          <TestSearch />
        </Tabs.Panel>
        <Tabs.Panel value="indexing">
          <Cutting />
          <Vectors />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
