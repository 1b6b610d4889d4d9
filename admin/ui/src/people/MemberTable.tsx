import { ActionIcon, Badge, Menu, Table } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { meQuery, useHere, useMe } from "../app/access";
import { useSay, type TextKey } from "../i18n";
import { Ago } from "../ui/Ago";
import { Coming } from "../ui/Coming";
import { Confirm } from "../ui/Confirm";
import { IconDots } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Portrait } from "../ui/Portrait";
import { useOrder, type Sortable } from "../ui/order";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Rows } from "../ui/Rows";
import { failed, told } from "../ui/toast";
import { ActAs } from "./ActAs";
import { useMembers, type MemberView } from "./members";
import css from "./People.module.css";

const ROLES = ["admin", "agent", "viewer"] as const;
const REACHES = ["all", "team", "assigned"] as const;
/** From the least on, as the table orders by them. */
const RANKS: MemberView["role"][] = ["viewer", "agent", "admin", "owner"];
const PRESENCE: MemberView["availability"][] = ["offline", "away", "online"];
const COLUMNS: Record<string, (member: MemberView) => Sortable> = {
  name: ({ name }) => name,
  role: ({ role }) => RANKS.indexOf(role),
  availability: ({ availability }) => PRESENCE.indexOf(availability),
  since: ({ joined_at }) => Date.parse(joined_at),
};
type Asked = { act: "remove" | "leave" | "transfer"; member: MemberView };
type ToAct = Asked | { act: "actAs"; member: MemberView };

export function MemberTable() {
  const t = useSay();
  const { all, pending, error, retry } = useMembers();
  const [asked, setAsked] = useState<ToAct | null>(null);
  const { sorted, order, reorder } = useOrder(all, COLUMNS);
  if (pending) return <Coming />;
  if (error) return <ProblemNotice error={error} retry={retry} />;
  if (all.length === 0) {
    return (
      <Notice tone="empty" title={t("people.noMembers")}>
        {t("people.noMembersText")}
      </Notice>
    );
  }
  return (
    <>
      <Rows
        minWidth={560}
        columns={[...Object.keys(COLUMNS).map((sort) => ({ word: t(`people.${sort}` as TextKey), sort })), { acts: t("people.actions") }]}
        order={order}
        reorder={reorder}
      >
        {sorted.map((member) => (
          <MemberRow key={member.id} member={member} ask={setAsked} />
        ))}
      </Rows>
      {asked?.act === "actAs" && <ActAs member={asked.member} close={() => setAsked(null)} />}
      {asked && asked.act !== "actAs" && <Asking asked={asked} close={() => setAsked(null)} />}
    </>
  );
}

function MemberRow({ member, ask }: { member: MemberView; ask: (asked: ToAct) => void }) {
  const t = useSay();
  const me = useMe();
  const client = useQueryClient();
  const { tenant, may, role } = useHere();
  const self = member.id === me.person.id;
  const manages = may("members:manage") && !self && member.role !== "owner";
  const transfers = role === "owner" && !self;
  const acts = me.person.platform_admin && !self;
  const leaves = self && member.role !== "owner";
  const put = async (body: Schemas["MemberChange"], words: string) => {
    try {
      await unwrap(api.PATCH("/api/v1/tenants/{tenant}/members/{member}", { params: { path: { tenant, member: member.id } }, body }));
      told(words);
    } catch (error) {
      failed(error);
    }
    await client.invalidateQueries({ queryKey: ["members", tenant] });
  };
  return (
    <Table.Tr>
      <Table.Td>
        <span className={css["who"]}>
          <Portrait name={member.name} picture={member.picture} size={32} />
          <span>
            <bdi>{member.name}</bdi> {self && <Badge variant="light">{t("people.you")}</Badge>}
            <bdi className={css["sub"]}>{member.email}</bdi>
          </span>
        </span>
      </Table.Td>
      <Table.Td>
        {t(`people.${member.role}` as TextKey)}
        {member.role === "agent" && member.reach !== "all" && <span className={css["sub"]}>{t(`people.reach_${member.reach}` as TextKey)}</span>}
      </Table.Td>
      <Table.Td>{t(member.availability === "offline" ? "frame.offlineState" : (`frame.${member.availability}` as TextKey))}</Table.Td>
      <Table.Td>
        <Ago at={member.joined_at} />
      </Table.Td>
      <Table.Td>
        {(manages || transfers || leaves || acts) && (
          <Menu position="bottom-end" width={240}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={t("people.more", { name: member.name })}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {manages && <Menu.Label>{t("people.changeRole")}</Menu.Label>}
              {manages &&
                ROLES.map((one) => (
                  <Menu.RadioItem key={one} value={one} checked={one === member.role} closeMenuOnClick onChange={() => void put({ role: one }, t("people.roleChanged", { name: member.name, role: t(`people.${one}`) }))}>
                    {t(`people.${one}`)}
                    <span className={css["sub"]}>{t(`people.${one}Text`)}</span>
                  </Menu.RadioItem>
                ))}
              {manages && member.role === "agent" && <Menu.Label>{t("people.changeReach")}</Menu.Label>}
              {manages &&
                member.role === "agent" &&
                REACHES.map((one) => (
                  <Menu.RadioItem key={one} value={one} checked={one === member.reach} closeMenuOnClick onChange={() => void put({ reach: one }, t("people.reachChanged", { name: member.name, reach: t(`people.reach_${one}`) }))}>
                    {t(`people.reach_${one}`)}
                  </Menu.RadioItem>
                ))}
              {manages && <Menu.Divider />}
              {acts && <Menu.Item onClick={() => ask({ act: "actAs", member })}>{t("people.actAs", { name: member.name })}</Menu.Item>}
              {transfers && <Menu.Item onClick={() => ask({ act: "transfer", member })}>{t("people.transfer")}</Menu.Item>}
              {manages && (
                <Menu.Item color="red" onClick={() => ask({ act: "remove", member })}>
                  {t("people.removeMember")}
                </Menu.Item>
              )}
              {leaves && (
                <Menu.Item color="red" onClick={() => ask({ act: "leave", member })}>
                  {t("people.leave")}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** Removing, leaving, handing ownership on: asked first, each in its own words. */
function Asking({ asked: { act, member }, close }: { asked: Asked; close: () => void }) {
  const t = useSay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { tenant, slug, name } = useHere();
  const path = { params: { path: { tenant } } };
  const run = async () => {
    try {
      if (act === "remove") {
        await unwrap(api.DELETE("/api/v1/tenants/{tenant}/members/{member}", { params: { path: { tenant, member: member.id } } }));
        told(t("people.removed", { name: member.name }));
      } else if (act === "transfer") {
        await unwrap(api.POST("/api/v1/tenants/{tenant}/transfer", { ...path, body: { person_id: member.id, confirm: slug } }));
        told(t("people.transferred", { name: member.name }));
        await client.refetchQueries({ queryKey: meQuery.queryKey });
      } else {
        await unwrap(api.POST("/api/v1/tenants/{tenant}/leave", path));
        await client.refetchQueries({ queryKey: meQuery.queryKey });
        told(t("people.left", { name }));
        await navigate({ to: "/" });
      }
    } catch (error) {
      failed(error);
    }
    await client.invalidateQueries({ queryKey: ["members", tenant] });
  };
  const words = {
    remove: [t("people.removeTitle", { name: member.name }), t("people.removeText"), t("people.removeMember")],
    leave: [t("people.leaveTitle", { name }), t("people.leaveText"), t("people.leave")],
    transfer: [t("people.transferTitle", { name: member.name }), t("people.transferText", { name: slug }), t("people.transfer")],
  }[act] as [string, string, string];
  return <Confirm title={words[0]} text={words[1]} act={words[2]} {...(act === "transfer" ? { typed: slug } : {})} close={close} run={run} />;
}
