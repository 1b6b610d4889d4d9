import { ActionIcon, Button, Progress } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type DragEvent } from "react";
import { problemOf } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { bytes } from "../owner/amounts";
import { Chip } from "../owner/Chip";
import { IconUpload, IconX } from "../ui/icons";
import { wordsFor } from "../ui/ProblemNotice";
import { documentsKey } from "./data";
import css from "./knowledge.module.css";
import { MOST_BYTES, upload } from "./upload";

interface Going {
  id: number;
  name: string;
  share: number;
  state: "going" | "done" | "failed";
  error?: string;
  stop?: () => void;
}

/** How many files are under way at once. */
const AT_ONCE = 2;
let next = 1;

/** Takes files by drag and drop or by choosing, and shows how far each is. */
export function Dropzone({ context }: { context: string | null }) {
  const t = useWords();
  const locale = useLocale();
  const { tenant } = useHere();
  const client = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [files, setFiles] = useState<Going[]>([]);
  const change = (id: number, part: Partial<Going>) => setFiles((all) => all.map((one) => (one.id === id ? { ...one, ...part } : one)));

  const send = async (file: File, id: number) => {
    const going = upload(tenant, file, context, (share) => change(id, { share }));
    change(id, { stop: going.stop });
    try {
      await going.done;
      change(id, { share: 1, state: "done" });
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code === "stopped") setFiles((all) => all.filter((one) => one.id !== id));
      else change(id, { state: "failed", error: wordsFor(problem, t) });
    }
    await client.invalidateQueries({ queryKey: documentsKey(tenant) });
  };
  const take = async (list: FileList | null) => {
    const queue = [...(list ?? [])].map((file) => ({ file, id: next++ }));
    const limit = bytes(locale, MOST_BYTES);
    const seen = queue.map(({ file, id }): Going => {
      const large = file.size > MOST_BYTES;
      return { id, name: file.name, share: 0, state: large ? "failed" : "going", ...(large ? { error: t("own.fileTooBig", { name: file.name, limit }) } : {}) };
    });
    setFiles((all) => [...seen, ...all]);
    const wanted = queue.filter(({ file }) => file.size <= MOST_BYTES);
    const worker = async () => {
      for (let one = wanted.shift(); one; one = wanted.shift()) await send(one.file, one.id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files);
  };
  return (
    <>
      <div
        className={css["drop"]}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={dropped}
      >
        <IconUpload size={28} stroke={1.5} aria-hidden />
        <p>{t("knowledge.dropHere")}</p>
        <Button variant="default" onClick={() => field.current?.click()}>
          {t("knowledge.chooseFiles")}
        </Button>
        <p className={css["muted"]}>{t("knowledge.fileKinds", { size: bytes(locale, MOST_BYTES) })}</p>
        <input
          ref={field}
          type="file"
          multiple
          className="visually-hidden"
          tabIndex={-1}
          aria-label={t("knowledge.chooseFiles")}
          onChange={(event) => {
            void take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </div>
      <ul className={css["going"]} aria-live="polite">
        {files.map((one) => (
          <li key={one.id}>
            <bdi className={css["name"]}>{one.name}</bdi>
            {one.state === "going" && (
              <>
                <Progress value={one.share * 100} className={css["bar"]} aria-label={t("knowledge.uploading", { name: one.name })} />
                <ActionIcon variant="subtle" color="gray" onClick={one.stop} aria-label={t("knowledge.stopUpload", { name: one.name })}>
                  <IconX size={16} />
                </ActionIcon>
              </>
            )}
            {one.state === "done" && <Chip mood="good">{t("knowledge.uploaded")}</Chip>}
            {one.state === "failed" && <span className={css["wrong"]}>{one.error}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
