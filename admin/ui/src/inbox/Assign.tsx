import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useHere, useMe } from "../app/access";
import { useSay } from "../i18n";
import { matching } from "../keys/matching";
import { useMembers } from "../people/members";
import { teamsQuery } from "../people/teams-query";
import { IconCheck, IconUserPlus, IconUsers } from "../ui/icons";
import { MenuWithField } from "../ui/MenuWithField";
import { useActs } from "./acts";
import type { Item } from "./data";

const ENOUGH = 8;

/** Gives the conversation to a colleague, a team, or back into the queue. */
export function Assign({ item }: { item: Item }) {
  const t = useSay();
  const me = useMe();
  const { tenant, may } = useHere();
  const members = useMembers();
  const teams = useQuery({ ...teamsQuery(tenant), enabled: may("members:read") }).data?.items ?? [];
  const acts = useActs(item.id);
  const [words, setWords] = useState("");
  if (!may("conversations:assign") || item.state === "resolved") return null;
  const people = members.all.filter((one) => one.role !== "viewer" && one.id !== me.person.id);
  const found = matching([...people], words);
  const foundTeams = matching([...teams], words);
  const items = (
    <>
      {words.trim() === "" && (
        <Menu.Item onClick={() => void acts.assign(me.person.id)} rightSection={item.assignee === me.person.id && item.state === "agent" ? <IconCheck size={16} /> : null}>
          {t("act.assignMe")}
        </Menu.Item>
      )}
      {found.map((one) => (
        <Menu.Item
          key={one.id}
          onClick={() => void acts.assign(one.id)}
          rightSection={item.assignee === one.id ? <IconCheck size={16} /> : null}
        >
          {one.name}
        </Menu.Item>
      ))}
      {item.state === "agent" && words.trim() === "" && <Menu.Item onClick={() => void acts.assign(null)}>{t("act.unassign")}</Menu.Item>}
      {foundTeams.length > 0 && <Menu.Label>{t("act.team")}</Menu.Label>}
      {foundTeams.map((team) => (
        <Menu.Item
          key={team.id}
          leftSection={<IconUsers size={16} aria-hidden />}
          onClick={() => void acts.team(item.team_id === team.id ? null : team.id)}
          rightSection={item.team_id === team.id ? <IconCheck size={16} /> : null}
        >
          {team.name}
        </Menu.Item>
      ))}
    </>
  );
  const nobody = words.trim() !== "" && found.length === 0 && foundTeams.length === 0;
  return (
    <Menu position="bottom-end" width={260} onClose={() => setWords("")}>
      <Tooltip label={t("act.assign")}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={t("act.assign")}>
            <IconUserPlus size={18} />
          </ActionIcon>
        </Menu.Target>
      </Tooltip>
      {people.length + teams.length > ENOUGH ? (
        <MenuWithField label={t("act.findColleague")} words={words} change={setWords} nothing={nobody ? t("keys.nothingFound") : undefined}>
          {items}
        </MenuWithField>
      ) : (
        <Menu.Dropdown mah={420} className="scrolls">
          {items}
        </Menu.Dropdown>
      )}
    </Menu>
  );
}
