// A list of one's own: which conversations it shows, in which order, and for whom.
import { Button, Checkbox, Group as Line, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay, type TextKey } from "../i18n";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { failed, told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { FilterGroup } from "./FilterGroup";
import { emptyGroup, fromTree, toTree, type Group } from "./filterTree";

export type SavedView = Schemas["SavedView"];
const SORTS = ["newest", "oldest", "queue", "waiting", "sla"] as const;

interface Props {
  /** The view to change; null for a new one. */
  view: SavedView | null;
  /** What a new view begins with. */
  begin?: Group;
  close: () => void;
}

export default function ViewEditor({ view, begin, close }: Props) {
  const t = useSay();
  const { tenant, slug, may } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(view?.name ?? "");
  const [sort, setSort] = useState<SavedView["sort"]>(view?.sort ?? "newest");
  const [shared, setShared] = useState(view?.shared ?? false);
  const [filter, setFilter] = useState<Group>(() => (view ? fromTree(view.filter) : (begin ?? emptyGroup())));
  const [removing, setRemoving] = useState(false);
  const { busy, refused, wrong, send, forget } = useSend<SavedView>(["name"]);
  const renew = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["views", tenant] }),
      client.invalidateQueries({ queryKey: ["live", "list", tenant] }),
      client.invalidateQueries({ queryKey: ["live", "counts", tenant] }),
    ]);
  const tree = toTree(filter);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!tree) return;
    const body = { name: name.trim(), filter: tree, sort, shared };
    const saved = await send(() =>
      view
        ? unwrap(api.PUT("/api/v1/tenants/{tenant}/views/{view}", { params: { path: { tenant, view: view.id } }, body }))
        : unwrap(api.POST("/api/v1/tenants/{tenant}/views", { params: { path: { tenant }, header: once() }, body })),
    );
    if (!saved) return;
    await renew();
    told(t("view.saved", { name: saved.name }));
    close();
    await navigate({ to: "/$tenant/inbox/$list", params: { tenant: slug, list: saved.id } });
  };
  const remove = async () => {
    try {
      await unwrap(api.DELETE("/api/v1/tenants/{tenant}/views/{view}", { params: { path: { tenant, view: view!.id } } }));
      told(t("view.removed", { name: view!.name }));
      close();
      await navigate({ to: "/$tenant/inbox/$list", params: { tenant: slug, list: "needs_person" } });
      await renew();
    } catch (error) {
      failed(error);
    }
  };
  if (removing && view) {
    return <Confirm title={t("view.removeTitle", { name: view.name })} text={t("view.removeText")} act={t("act.remove")} close={() => setRemoving(false)} run={remove} />;
  }
  return (
    <Modal opened onClose={close} title={t(view ? "view.edit" : "view.make")} size="xl" closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void save(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput
            label={t("view.name")}
            required
            maxLength={80}
            data-autofocus
            value={name}
            error={wrong["name"]}
            onChange={(event) => {
              setName(event.currentTarget.value);
              forget("name");
            }}
          />
          <FilterGroup group={filter} change={setFilter} depth={0} />
          <NativeSelect
            label={t("inbox.sort")}
            data={SORTS.map((one) => ({ value: one, label: t(`inbox.sort_${one}` as TextKey) }))}
            value={sort}
            onChange={(event) => setSort(event.currentTarget.value as SavedView["sort"])}
          />
          {may("views:share") && <Checkbox label={t("view.shared")} checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />}
          <Line justify="space-between">
            {view ? (
              <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>
                {t("act.remove")}
              </Button>
            ) : (
              <span />
            )}
            <Button type="submit" loading={busy} disabled={name.trim() === "" || tree === null}>
              {t("act.save")}
            </Button>
          </Line>
        </Stack>
      </form>
    </Modal>
  );
}
