import { Button, Select, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords, type OwnKey } from "../i18n/owner";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { failed, told } from "../ui/toast";
import { ContestForm } from "./ContestForm";

type Task = Schemas["TaskView"];
const TASKS: Record<Task["task"], OwnKey> = {
  answer: "models.answer",
  small: "models.small",
  summary: "models.summary",
  title: "models.title_task",
  pair: "models.pair",
  rerank: "models.rerank",
  rephrase: "models.rephrase",
};

/** Which model does which task, chosen among those of the company's plan. */
export function Models({ locked }: { locked: boolean }) {
  const t = useWords();
  const { tenant } = useHere();
  const query = useQuery({
    queryKey: ["models", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/models", { params: { path: { tenant } } })),
  });
  return (
    <>
      <p className={owner["sub"]}>{t("models.text")}</p>
      <Loaded query={query} shape="fields" n={6}>
        {({ tasks }) => (
          <Stack gap="md">
            {tasks.every(({ options }) => options.length < 2) && <p>{t("models.one")}</p>}
            {tasks.map((task) => (
              <Choice key={task.task} task={task} locked={locked} />
            ))}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

function Choice({ task, locked }: { task: Task; locked: boolean }) {
  const t = useWords();
  const { tenant } = useHere();
  const client = useQueryClient();
  const label = t(TASKS[task.task]);
  if (task.options.length < 2) {
    return (
      <div data-task={task.task}>
        <span className={owner["label"]}>{label}</span>
        <span className={owner["sub"]} dir="ltr">
          {task.model ?? t("models.none")}
        </span>
      </div>
    );
  }
  const choose = async (model: string) => {
    try {
      const tasks = { [task.task]: model === task.options[0] ? null : model };
      client.setQueryData(["models", tenant], await unwrap(api.PATCH("/api/v1/tenants/{tenant}/models", { params: { path: { tenant } }, body: { tasks } })));
      told(t("own.changed"));
    } catch (error) {
      failed(error);
    }
  };
  return (
    <>
      <Select
        label={label}
        data={task.options.map((value, n) => ({ value, label: n === 0 ? t("models.first", { model: value }) : value }))}
        value={task.model}
        allowDeselect={false}
        disabled={locked}
        onChange={(value) => value && value !== task.model && void choose(value)}
      />
      {task.task === "answer" && !locked && <Another models={task.options.filter((one) => one !== task.model)} />}
    </>
  );
}

/** Has another model answer some of the conversations, to see how it does beside the one in use. */
function Another({ models }: { models: string[] }) {
  const t = useWords();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const close = (begun: boolean) => {
    setOpen(false);
    if (begun) void navigate({ to: ".", search: { tab: "versions" } as never });
  };
  return (
    <div>
      <Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>
        {t("contest.tryModelShort")}
      </Button>
      {open && <ContestForm version={{ id: null, version: 0 }} models={models} close={close} />}
    </div>
  );
}
