import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { Coming } from "../ui/Coming";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { Notice } from "../ui/Notice";
import { ProblemNotice } from "../ui/ProblemNotice";
import { failed, told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { useMembers } from "./members";
import css from "./People.module.css";
import { teamsQuery } from "./teams-query";

type Team = Schemas["TeamView"];

export function Teams() {
  const t = useSay();
  const { tenant, may } = useHere();
  const members = useMembers();
  const client = useQueryClient();
  const query = useQuery(teamsQuery(tenant));
  const [edited, setEdited] = useState<Team | "new" | null>(null);
  const [removed, setRemoved] = useState<Team | null>(null);
  const manages = may("teams:manage");
  if (query.isPending) return <Coming shape="cards" />;
  if (query.error) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  const add = manages && <Button variant="default" onClick={() => setEdited("new")}>{t("people.newTeam")}</Button>;
  const remove = async (team: Team) => {
    try {
      await unwrap(api.DELETE("/api/v1/tenants/{tenant}/teams/{team}", { params: { path: { tenant, team: team.id } } }));
      told(t("people.teamRemoved", { name: team.name }));
    } catch (error) {
      failed(error);
    }
    await client.invalidateQueries({ queryKey: ["teams", tenant] });
  };
  return (
    <>
      {query.data.items.length === 0 ? (
        <Notice tone="empty" title={t("people.noTeams")} action={add}>
          {t("people.noTeamsText")}
        </Notice>
      ) : (
        <>
          <ul className={css["teams"]}>
            {query.data.items.map((team) => (
              <li key={team.id}>
                <span>
                  <strong>
                    <bdi>{team.name}</bdi>
                  </strong>
                  <span className={css["sub"]}>{team.members.map((id) => members.nameOf(id)).join(", ")}</span>
                </span>
                {manages && (
                  <Group gap="xs">
                    <Button variant="default" size="compact-sm" onClick={() => setEdited(team)} aria-label={`${t("people.edit")}: ${team.name}`}>
                      {t("people.edit")}
                    </Button>
                    <Button variant="subtle" color="red" size="compact-sm" onClick={() => setRemoved(team)} aria-label={`${t("people.removeTeam")}: ${team.name}`}>
                      {t("act.remove")}
                    </Button>
                  </Group>
                )}
              </li>
            ))}
          </ul>
          {add}
        </>
      )}
      {edited && <TeamForm team={edited === "new" ? null : edited} close={() => setEdited(null)} />}
      {removed && (
        <Confirm
          title={t("people.removeTeamTitle", { name: removed.name })}
          text={t("people.removeTeamText")}
          act={t("people.removeTeam")}
          close={() => setRemoved(null)}
          run={() => remove(removed)}
        />
      )}
    </>
  );
}

function TeamForm({ team, close }: { team: Team | null; close: () => void }) {
  const t = useSay();
  const { tenant } = useHere();
  const client = useQueryClient();
  const { all } = useMembers();
  const [name, setName] = useState(team?.name ?? "");
  const [chosen, setChosen] = useState<string[]>(team?.members ?? []);
  const { busy, refused, wrong, send, forget } = useSend<Team>(["name"]);
  const save = async () => {
    const body = { name: name.trim() };
    const saved = team
      ? await unwrap(api.PATCH("/api/v1/tenants/{tenant}/teams/{team}", { params: { path: { tenant, team: team.id } }, body }))
      : await unwrap(api.POST("/api/v1/tenants/{tenant}/teams", { params: { path: { tenant }, header: once() }, body }));
    const at = (member: string) => ({ params: { path: { tenant, team: saved.id, member } } });
    for (const id of chosen.filter((one) => !saved.members.includes(one)))
      await unwrap(api.PUT("/api/v1/tenants/{tenant}/teams/{team}/members/{member}", at(id)));
    for (const id of saved.members.filter((one) => !chosen.includes(one)))
      await unwrap(api.DELETE("/api/v1/tenants/{tenant}/teams/{team}/members/{member}", at(id)));
    return saved;
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const saved = await send(save);
    await client.invalidateQueries({ queryKey: ["teams", tenant] });
    if (!saved) return;
    told(t(team ? "people.teamSaved" : "people.teamMade", { name: saved.name }));
    close();
  };
  return (
    <Modal opened onClose={close} title={team?.name ?? t("people.newTeam")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput
            label={t("people.teamName")}
            required
            data-autofocus
            maxLength={80}
            value={name}
            error={wrong["name"]}
            onChange={(event) => {
              setName(event.currentTarget.value);
              forget("name");
            }}
          />
          <Checkbox.Group label={t("people.teamMembers")} value={chosen} onChange={setChosen}>
            <Stack gap="xs" mt="xs">
              {all.map((one) => (
                <Checkbox key={one.id} value={one.id} label={one.name} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Button type="submit" loading={busy} disabled={name.trim() === ""}>
            {t("act.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
