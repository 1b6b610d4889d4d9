import { Button, FileButton, Group, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { meQuery, useMe } from "../app/access";
import { useSay, type TextKey } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { Section } from "../ui/Page";
import { Portrait } from "../ui/Portrait";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { shrink } from "./shrink";

const KINDS = "image/png,image/jpeg,image/webp,image/gif";

interface Chosen {
  picture: Blob;
  address: string;
}

/** One's own picture: chosen, looked at, kept or taken away. */
export function Picture() {
  const t = useSay();
  const { person } = useMe();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const { busy, refused, send } = useSend<true>([]);
  useEffect(() => () => void (chosen && URL.revokeObjectURL(chosen.address)), [chosen]);
  const choose = async (file: File | null) => {
    if (!file) return;
    const picture = await shrink(file);
    setChosen({ picture, address: URL.createObjectURL(picture) });
  };
  const act = async (call: () => Promise<unknown>, words: TextKey) => {
    const done = await send(async () => {
      await call();
      await client.invalidateQueries({ queryKey: meQuery.queryKey });
      void client.invalidateQueries({ queryKey: ["members"] });
      return true;
    });
    if (!done) return;
    setChosen(null);
    told(t(words));
  };
  const keep = ({ picture }: Chosen) =>
    unwrap(
      api.PUT("/api/v1/me/picture", {
        body: { file: "" },
        bodySerializer: () => {
          const form = new FormData();
          form.append("file", picture, "portrait");
          return form;
        },
      }),
    );
  return (
    <Section title={t("account.picture")} text={t("account.pictureText")}>
      <Stack gap="sm" maw={420}>
        <FormProblem>{refused}</FormProblem>
        <Group gap="md">
          <Portrait name={person.name} picture={chosen?.address ?? person.picture} size={72} />
          {chosen ? (
            <Group gap="xs">
              <Button onClick={() => void act(() => keep(chosen), "account.pictureKept")} loading={busy} data-autofocus>
                {t("account.pictureKeep")}
              </Button>
              <Button variant="default" onClick={() => setChosen(null)} disabled={busy}>
                {t("act.cancel")}
              </Button>
            </Group>
          ) : (
            <Group gap="xs">
              <FileButton accept={KINDS} onChange={(file) => void choose(file)}>
                {(props) => (
                  <Button variant="default" {...props}>
                    {t(person.picture ? "account.pictureOther" : "account.pictureChoose")}
                  </Button>
                )}
              </FileButton>
              {person.picture && (
                <Button
                  variant="subtle"
                  color="red"
                  loading={busy}
                  onClick={() => void act(() => unwrap(api.DELETE("/api/v1/me/picture")), "account.pictureGone")}
                >
                  {t("account.pictureRemove")}
                </Button>
              )}
            </Group>
          )}
        </Group>
      </Stack>
    </Section>
  );
}
