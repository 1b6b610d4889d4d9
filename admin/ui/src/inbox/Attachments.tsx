import { ActionIcon, Button, FileButton, Loader } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { upload } from "../api/upload";
import { problemOf } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { IconPaperclip, IconX } from "../ui/icons";
import { wordsFor } from "../ui/ProblemNotice";
import css from "./Composer.module.css";
import { sizeOf } from "./PartView";

const MOST = 10;

interface Attached {
  id: string;
  name: string;
  size: number;
  kind: "image" | "audio" | "video" | "document";
  fileId?: string;
  problem?: string;
}
export interface MediaPart {
  type: "media";
  kind: Attached["kind"];
  file_id: string;
}
export interface Files {
  list: Attached[];
  ready: MediaPart[];
  busy: boolean;
  add: (files: File[]) => void;
  remove: (id: string) => void;
  clear: () => void;
  Button: () => React.ReactNode;
}

/** What kind of message a file becomes. The hub looks into the bytes itself; this only chooses how it is sent. */
export function kindOf(mime: string): Attached["kind"] {
  if (/^image\/(png|jpe?g|webp|gif)$/.test(mime)) return "image";
  if (mime.startsWith("audio/")) return "audio";
  return mime.startsWith("video/") ? "video" : "document";
}

export function useAttachments(): Files {
  const t = useSay();
  const { tenant } = useHere();
  const [list, setList] = useState<Attached[]>([]);
  const patch = (id: string, part: Partial<Attached>) =>
    setList((before) => before.map((one) => (one.id === id ? { ...one, ...part } : one)));
  const add = useCallback(
    (files: File[]) => {
      for (const file of files.slice(0, MOST)) {
        const id = crypto.randomUUID();
        const kind = kindOf(file.type);
        setList((before) => (before.length < MOST ? [...before, { id, name: file.name, size: file.size, kind }] : before));
        upload(tenant, file, id)
          .then(({ file_id }) => patch(id, { fileId: file_id }))
          .catch((error: unknown) => patch(id, { problem: wordsFor(problemOf(error), t) }));
      }
    },
    [tenant, t],
  );
  const remove = useCallback((id: string) => setList((before) => before.filter((one) => one.id !== id)), []);
  const clear = useCallback(() => setList([]), []);
  const ready = useMemo(
    () => list.flatMap((one): MediaPart[] => (one.fileId ? [{ type: "media", kind: one.kind, file_id: one.fileId }] : [])),
    [list],
  );
  const Pick = useCallback(
    () => (
      <FileButton onChange={add} multiple>
        {(props) => (
          <Button {...props} variant="subtle" color="gray" size="compact-sm" leftSection={<IconPaperclip size={16} aria-hidden />}>
            {t("compose.attach")}
          </Button>
        )}
      </FileButton>
    ),
    [add, t],
  );
  const busy = list.some((one) => !one.fileId && !one.problem);
  return { list, ready, busy, add, remove, clear, Button: Pick };
}

export function Attachments({ files }: { files: Files }) {
  const t = useSay();
  if (files.list.length === 0) return null;
  return (
    <ul className={css["files"]} aria-label={t("compose.files")}>
      {files.list.map((one) => (
        <li key={one.id} className={css["file"]} data-failed={one.problem ? true : undefined}>
          <bdi title={one.name}>{one.name}</bdi>
          <span>{one.problem ?? sizeOf(one.size)}</span>
          {!one.fileId && !one.problem && <Loader size={14} aria-label={t("compose.uploading")} />}
          <ActionIcon size="sm" variant="subtle" color="gray" onClick={() => files.remove(one.id)} aria-label={t("compose.removeFile", { name: one.name })}>
            <IconX size={14} />
          </ActionIcon>
        </li>
      ))}
    </ul>
  );
}
