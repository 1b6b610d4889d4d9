import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale, type TextKey } from "../i18n";
import { useWords, type OwnKey } from "../i18n/owner";
import { number } from "../i18n/speech";
import { bytes } from "../owner/amounts";
import { Loaded } from "../owner/Loaded";
import { at, type Channel } from "./data";

/** What the channel can show. The bot's answers are fitted to it by themselves. */
export function Capabilities({ channel }: { channel: Channel }) {
  const t = useWords();
  const locale = useLocale();
  const { tenant } = useHere();
  const query = useQuery({
    queryKey: ["capabilities", tenant, channel.kind],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/channels/{channel}/capabilities", at(tenant, channel.id))),
    staleTime: Infinity,
  });
  const yes = (value: boolean) => t(value ? "own.yes" : "own.no");
  return (
    <Loaded query={query} shape="rows" n={8}>
      {(has) => {
        const rows: [string, string][] = [
          [t("channels.textLimit"), number(locale, has.text_limit)],
          [t("channels.buttons"), has.buttons ? number(locale, has.buttons) : t("channels.numbered")],
          [t("channels.listRows"), has.list_rows ? number(locale, has.list_rows) : t("channels.numbered")],
          [t("channels.window"), has.reply_window_hours ? t("channels.windowHours", { n: has.reply_window_hours }) : t("channels.always")],
          [t("channels.typing"), yes(has.typing)],
          [t("channels.streams"), yes(has.stream !== "none")],
          [t("channels.receipts"), yes(has.receipts)],
          [t("channels.edit"), yes(has.edit)],
          [t("channels.deletes"), yes(has.delete)],
          [t("channels.react"), yes(has.react)],
          [t("channels.threads"), yes(has.threads)],
          ...Object.entries(has.media).map(([kind, limit]): [string, string] => [
            t((kind in MEDIA ? MEDIA[kind] : "part.file") as TextKey as OwnKey),
            t("channels.upTo", { size: bytes(locale, limit.max_bytes) }),
          ]),
        ];
        return (
          <>
            <p>{t("channels.abilitiesText")}</p>
            <Table>
              <Table.Tbody>
                {rows.map(([name, value]) => (
                  <Table.Tr key={name}>
                    <Table.Th scope="row" fw={400}>
                      {name}
                    </Table.Th>
                    <Table.Td>{value}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </>
        );
      }}
    </Loaded>
  );
}

const MEDIA: Record<string, OwnKey> = {
  image: "part.image",
  video: "part.video",
  audio: "part.audio",
  voice: "channels.voice",
  document: "part.file",
  sticker: "channels.sticker",
};
