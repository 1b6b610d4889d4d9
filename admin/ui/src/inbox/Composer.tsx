// Where a reply or a note is written. What was typed is only ever cleared once the hub has it.
import { ActionIcon, Button, SegmentedControl, Textarea, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from "react";
import { flushSync } from "react-dom";
import { api, once } from "../api/client";
import { problemOf, unwrap, type Problem } from "../api/problem";
import { useHere, useMe } from "../app/access";
import { useSettings } from "../app/settings";
import { useSay, type TextKey } from "../i18n";
import { MOD, withMod } from "../keys/keymap";
import { useMembers } from "../people/members";
import { IconBold, IconCode, IconItalic, IconLink, IconList, IconSend, type Icon } from "../ui/icons";
import { FormProblem } from "../ui/FormProblem";
import { wordsFor } from "../ui/ProblemNotice";
import { Attachments, useAttachments, type Files } from "./Attachments";
import { Canned } from "./Canned";
import css from "./Composer.module.css";
import { look, type Item } from "./data";
import type { Mode } from "./drafts";
import { insert, mark, type Mark } from "./marks";
import { MentionList, mentionsIn } from "./Mentions";
import { PolicyWords } from "./PolicyWords";
import { SuggestButton } from "./SuggestButton";
import { TemplateButton } from "./TemplateButton";
import { Stale, type Newer } from "./Stale";
import { useDraft } from "./useDraft";
import { useNewestSeq } from "./useThread";

export interface ComposerHandle {
  focus(mode: Mode): void;
}
interface Props {
  ref: Ref<ComposerHandle>;
  item: Item;
  typing: (note: boolean, active: boolean) => void;
  /** The colleague who holds the conversation, if another does. */
  colleague: string | null;
}

export function Composer({ ref, item, typing, colleague }: Props) {
  const t = useSay();
  const { may } = useHere();
  const { enterSends } = useSettings();
  const members = useMembers();
  const { texts, write } = useDraft(item.id);
  const [mode, setMode] = useState<Mode>(may("conversations:reply") ? "reply" : "note");
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useAttachments();
  const latest = useRef(texts);
  latest.current = texts;
  const sending = useSending(item, mode, texts[mode], files, (sent) => {
    // What was typed while it was on its way is the next message.
    const now = latest.current[mode];
    write(mode, now.startsWith(sent) ? now.slice(sent.length).trimStart() : now);
    if (now === sent) typing(mode === "note", false);
    files.clear();
  });
  const send = (anyway?: boolean) => {
    // Before the answer, never after it: by then the focus may be where somebody else is being written to.
    field.current?.focus();
    void sending.send(anyway);
  };
  useImperativeHandle(ref, () => ({
    // At once: what is typed before the field has the focus would act as shortcuts, or go to the customer as a reply.
    focus(wanted) {
      flushSync(() => setMode(wanted));
      field.current?.focus();
    },
  }));

  const put = (text: string, at?: number) => {
    write(mode, text);
    if (at !== undefined) requestAnimationFrame(() => field.current?.setSelectionRange(at, at));
  };
  const place = () => {
    const box = field.current;
    return { text: texts[mode], from: box?.selectionStart ?? texts[mode].length, to: box?.selectionEnd ?? texts[mode].length };
  };
  const putMark = (wanted: Mark) => {
    const marked = mark(place(), wanted);
    write(mode, marked.text);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(marked.from, marked.to);
    });
  };
  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const sends = event.key === "Enter" && (withMod(event, "Enter") || (enterSends && !event.shiftKey && !event.altKey));
    if (sends) {
      event.preventDefault();
      send();
    } else if (withMod(event, "b") || withMod(event, "i")) {
      event.preventDefault();
      putMark(event.key.toLowerCase() === "b" ? "bold" : "italic");
    }
  };
  const attached = mode === "reply" ? files.ready : [];
  const closed = mode === "reply" && !["allow", "tag"].includes(item.may_write);
  if (!may("conversations:reply") && !may("conversations:note")) return <p className={css["locked"]}>{t("compose.mayNot")}</p>;
  return (
    <form
      className={css["composer"]}
      data-mode={mode}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className={css["bars"]}>
        <div className={css["bar"]}>
          <SegmentedControl
            size="xs"
            aria-label={t("compose.mode")}
            value={mode}
            onChange={(value) => setMode(value as Mode)}
            data={[
              { value: "reply", label: t("compose.reply"), disabled: !may("conversations:reply") },
              { value: "note", label: t("compose.note"), disabled: !may("conversations:note") },
            ]}
          />
          <Marks put={putMark} />
          <span className={css["spring"]} />
          {mode === "reply" && (
            <SuggestButton
              item={item}
              choose={(text) => {
                const placed = insert(place(), text);
                put(placed.text, placed.from);
                field.current?.focus();
              }}
            />
          )}
          {mode === "reply" && <TemplateButton item={item} />}
          <Canned
            item={item}
            written={texts[mode]}
            choose={(text, note) => {
              if (note) setMode("note");
              const placed = insert(place(), text);
              put(placed.text, placed.from);
              field.current?.focus();
            }}
          />
        </div>
      </div>
      {mode === "reply" && <PolicyWords item={item} />}
      {mode === "reply" && colleague && <p className={css["hint"]}>{t("compose.held", { name: members.nameOf(colleague) })}</p>}
      {sending.stale && <Stale newer={sending.stale} item={item} anyway={() => send(true)} look={sending.forgetStale} />}
      <FormProblem>{sending.refused}</FormProblem>
      <Textarea
        ref={field}
        classNames={{ input: css["input"] ?? "" }}
        aria-label={mode === "reply" ? t("compose.replyLabel") : t("compose.noteLabel")}
        placeholder={mode === "reply" ? t("compose.replyPlaceholder") : t("compose.notePlaceholder")}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={8_000}
        dir="auto"
        value={texts[mode]}
        onChange={(event) => {
          write(mode, event.currentTarget.value);
          sending.forget();
          typing(mode === "note", event.currentTarget.value !== "");
        }}
        onKeyDown={pressed}
        onPaste={(event) => {
          const pasted = [...event.clipboardData.files];
          if (pasted.length === 0 || mode === "note") return;
          event.preventDefault();
          files.add(pasted);
        }}
      />
      {mode === "note" && <MentionList text={texts.note} choose={(text) => put(text)} />}
      {mode === "reply" && <Attachments files={files} />}
      <div className={css["bar"]}>
        {mode === "reply" && <files.Button />}
        <span className={css["spring"]} />
        <span className={css["keyHint"]}>{t(enterSends ? "compose.enterHint" : "compose.modHint", { mod: MOD })}</span>
        <Button
          type="submit"
          loading={sending.busy}
          disabled={closed || (texts[mode].trim() === "" && attached.length === 0) || files.busy}
          color={mode === "note" ? "yellow" : "teal"}
          rightSection={<IconSend size={16} aria-hidden className="mirrored" />}
        >
          {mode === "reply" ? t("compose.send") : t("compose.addNote")}
        </Button>
      </div>
    </form>
  );
}

const MARKS: [Mark, Icon, TextKey][] = [
  ["bold", IconBold, "compose.bold"],
  ["italic", IconItalic, "compose.italic"],
  ["code", IconCode, "compose.code"],
  ["link", IconLink, "compose.link"],
  ["list", IconList, "compose.list"],
];

function Marks({ put }: { put: (mark: Mark) => void }) {
  const t = useSay();
  return (
    <div className={css["marks"]} role="toolbar" aria-label={t("compose.marks")}>
      {MARKS.map(([name, Icon, label]) => (
        <Tooltip key={name} label={t(label)}>
          <ActionIcon variant="subtle" color="gray" aria-label={t(label)} onClick={() => put(name)}>
            <Icon size={16} />
          </ActionIcon>
        </Tooltip>
      ))}
    </div>
  );
}

/** One send at a time, the same key for the same words however often it is tried, and a stop when somebody was faster. */
function useSending(item: Item, mode: Mode, text: string, files: Files, done: (sent: string) => void) {
  const t = useSay();
  const { tenant } = useHere();
  const me = useMe();
  const members = useMembers();
  const client = useQueryClient();
  const seen = useNewestSeq(item.id);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [stale, setStale] = useState<Newer[] | null>(null);
  const attached = mode === "reply" ? files.ready : [];
  const key = useRef({ key: crypto.randomUUID(), of: "" });

  const call = (anyway: boolean) => {
    const path = { tenant, conversation: item.id };
    const words = text.trim();
    if (mode === "note") {
      const mentions = mentionsIn(words, members.all);
      return unwrap(
        api.POST("/api/v1/tenants/{tenant}/conversations/{conversation}/notes", {
          params: { path, header: once(key.current.key) },
          body: { text: words, name: me.person.name, mentions },
        }),
      );
    }
    const parts = [...(words ? [{ type: "text" as const, text: words }] : []), ...attached];
    return unwrap(
      api.POST("/api/v1/tenants/{tenant}/conversations/{conversation}/messages", {
        params: { path, header: once(key.current.key) },
        body: {
          name: me.person.name,
          ...(attached.length > 0 ? { parts } : { text: words }),
          ...(anyway ? {} : { last_seen_seq: seen() }),
        },
      }),
    );
  };
  const send = async (anyway = false) => {
    if (busy || files.busy || (text.trim() === "" && attached.length === 0)) return;
    const content = JSON.stringify([mode, text, attached, anyway]);
    if (key.current.of !== content) key.current = { key: crypto.randomUUID(), of: content };
    setBusy(true);
    setRefused(null);
    setStale(null);
    try {
      await call(anyway);
      key.current = { key: crypto.randomUUID(), of: "" };
      done(text);
      void look(client, tenant, item.id);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code === "stale") {
        setStale(newerOf(problem));
        void look(client, tenant, item.id);
      } else setRefused(`${wordsFor(problem, t)} ${t("compose.kept")}`);
    } finally {
      setBusy(false);
    }
  };
  return { busy, refused, stale, send, forget: () => setRefused(null), forgetStale: () => setStale(null) };
}

function newerOf(problem: Problem): Newer[] {
  const details = problem.body["details"] as { newer?: unknown } | undefined;
  return Array.isArray(details?.newer) ? (details.newer as Newer[]) : [];
}
