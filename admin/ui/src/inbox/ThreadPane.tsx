// The open conversation: its head with what can be done, the thread, and the place to write.
import { ActionIcon, Button, Skeleton, Tooltip } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useHere, useMe } from "../app/access";
import { useSay } from "../i18n";
import { useAction } from "../keys/KeyHost";
import { useMembers } from "../people/members";
import { MemberPortrait } from "../people/MemberPortrait";
import { IconArrowBackUp, IconArrowLeft, IconCircleCheck, IconRobot, IconSidebar, IconUserCheck } from "../ui/icons";
import { ProblemNotice } from "../ui/ProblemNotice";
import { useTitle } from "../ui/useTitle";
import { otherHolder, useActs } from "./acts";
import { Assign } from "./Assign";
import { Composer, type ComposerHandle } from "./Composer";
import { useConversation, type Item } from "./data";
import { LabelMenu } from "./LabelMenu";
import { SnoozeMenu } from "./SnoozeMenu";
import { StateChip } from "./StateChip";
import { Thread } from "./Thread";
import css from "./ThreadPane.module.css";
import { usePresence, type Other } from "./usePresence";
import { channelLook, customerName, reasonWords } from "./words";

interface Props {
  conversation: string;
  list: string;
  back: (() => void) | undefined;
  close: () => void;
  toggleDetails: () => void;
}

export function ThreadPane({ conversation, back, close, toggleDetails }: Props) {
  const t = useSay();
  const query = useConversation(conversation);
  const item = query.data;
  useTitle(item ? customerName(item, t) : "");
  if (query.error && !item) {
    return (
      <section className={css["pane"]}>
        <ProblemNotice error={query.error} retry={() => void query.refetch()} />
      </section>
    );
  }
  return (
    <section className={css["pane"]} aria-label={item ? customerName(item, t) : t("frame.loading")}>
      {item ? (
        <Opened item={item} back={back} close={close} toggleDetails={toggleDetails} />
      ) : (
        <div className={css["head"]}>
          <Skeleton height={20} width={200} aria-busy="true" />
        </div>
      )}
    </section>
  );
}

function Opened({ item, back, close, toggleDetails }: { item: Item } & Pick<Props, "back" | "close" | "toggleDetails">) {
  const t = useSay();
  const me = useMe();
  const composer = useRef<ComposerHandle>(null);
  const presence = usePresence(item.id);
  const writes = useWriting(item, composer, close);
  return (
    <>
      <header className={css["head"]}>
        {back && (
          <ActionIcon variant="subtle" color="gray" size="lg" onClick={back} aria-label={t("inbox.back")}>
            <IconArrowLeft size={20} className="mirrored" />
          </ActionIcon>
        )}
        <Heading item={item} />
        <Buttons item={item} writes={writes} />
        <Tooltip label={t("inbox.details")}>
          <ActionIcon variant="subtle" color="gray" size="lg" onClick={toggleDetails} aria-label={t("inbox.details")}>
            <IconSidebar size={20} className="mirrored" />
          </ActionIcon>
        </Tooltip>
      </header>
      <Standing item={item} others={presence.others} writes={writes} />
      <Thread item={item} writing={presence.customerWrites} />
      <Composer ref={composer} key={item.id} item={item} typing={presence.typing} colleague={otherHolder(item, me.person.id)} />
    </>
  );
}

function Heading({ item }: { item: Item }) {
  const t = useSay();
  const look = channelLook(item.channel.kind);
  const Icon = look.icon;
  return (
    <div className={css["who"]}>
      <h2 className={css["name"]}>
        <bdi>{customerName(item, t)}</bdi>
      </h2>
      <span className={css["sub"]}>
        <Icon size={14} aria-hidden /> <bdi>{item.channel.name}</bdi>
        <StateChip state={item.state} />
      </span>
    </div>
  );
}

/** What an agent can do now, as handlers for buttons and keys; null where it does not apply or is not allowed. */
export interface Writes {
  take: (() => void) | null;
  resolve: (() => void) | null;
  toBot: (() => void) | null;
  reopen: (() => void) | null;
  busy: boolean;
}

function useWriting(item: Item, composer: React.RefObject<ComposerHandle | null>, close: () => void): Writes {
  const me = useMe();
  const { may } = useHere();
  const acts = useActs(item.id);
  const [busy, setBusy] = useState(false);
  const run = (act: () => Promise<boolean>, then?: () => void, first?: () => void) => () => {
    if (busy) return;
    setBusy(true);
    first?.();
    void act().then((done) => {
      setBusy(false);
      if (done) then?.();
    });
  };
  const mine = item.state === "agent" && item.assignee === me.person.id;
  const open = item.state !== "resolved";
  // At once, not when the answer is there: who takes a conversation writes on, and those letters must not act as keys.
  const takeOver = run(() => acts.takeOver(item), undefined, () => composer.current?.focus("reply"));
  const take = !mine && open && may("conversations:take_over") ? takeOver : null;
  const resolve = open && may("conversations:resolve") ? run(() => acts.resolve(), close) : null;
  const toBot = open && item.state !== "bot" && may("conversations:return") ? run(() => acts.toBot()) : null;
  const reopen = !open && may("conversations:take_over") ? takeOver : null;

  useAction("assignMe", take ?? reopen);
  useAction("resolve", resolve);
  useAction("toBot", toBot);
  useAction("reply", may("conversations:reply") ? () => composer.current?.focus("reply") : null);
  useAction("note", may("conversations:note") ? () => composer.current?.focus("note") : null);
  useEffect(() => {
    const escape = (event: KeyboardEvent) => {
      const inside = event.target instanceof HTMLElement && event.target.closest("[role=dialog], [role=menu], [role=listbox]");
      if (event.key !== "Escape" || event.defaultPrevented || inside) return;
      if (event.target instanceof HTMLElement && event.target.matches("textarea, input")) event.target.blur();
    };
    addEventListener("keydown", escape);
    return () => removeEventListener("keydown", escape);
  }, []);
  return { take, resolve, toBot, reopen, busy };
}

function Buttons({ item, writes }: { item: Item; writes: Writes }) {
  const t = useSay();
  return (
    <div className={css["buttons"]}>
      <LabelMenu item={item} />
      <SnoozeMenu item={item} />
      <Assign item={item} />
      {writes.toBot && (
        <Tooltip label={t("act.toBot")}>
          <ActionIcon variant="default" size="lg" onClick={writes.toBot} aria-label={t("act.toBot")}>
            <IconRobot size={18} />
          </ActionIcon>
        </Tooltip>
      )}
      {writes.resolve && (
        <Button variant="default" onClick={writes.resolve} leftSection={<IconCircleCheck size={18} aria-hidden />} className={css["wide"] ?? ""}>
          {t("act.resolve")}
        </Button>
      )}
      {writes.resolve && (
        <ActionIcon variant="default" size="lg" onClick={writes.resolve} aria-label={t("act.resolve")} className={css["slim"] ?? ""}>
          <IconCircleCheck size={18} />
        </ActionIcon>
      )}
    </div>
  );
}

/** Who has the word, why, and the one next step. */
function Standing({ item, others, writes }: { item: Item; others: Other[]; writes: Writes }) {
  const t = useSay();
  const why = reasonWords(item.state === "waiting" || item.state === "agent" ? (item.handoff_reason ?? item.reason) : null, t);
  return (
    <div className={css["standing"]} data-state={item.state}>
      <span className={css["words"]} role="status">
        {item.state === "waiting" && (why ? t("inbox.waitsBecause", { why }) : t("inbox.waits"))}
        {item.state === "bot" && t("inbox.botAnswers")}
        {item.state === "resolved" && t("inbox.isResolved")}
        {item.state === "agent" && <Holder item={item} />}
        {others.length > 0 && (
          <span className={css["others"]}>
            {others.map(({ id, name }) => (
              <MemberPortrait key={id} id={id} name={name} size={18} />
            ))}
            <span>{t("inbox.alsoHere", { names: others.map(({ words }) => words).join(", ") })}</span>
          </span>
        )}
      </span>
      {(writes.take ?? writes.reopen) && (
        <Button
          size="compact-md"
          onClick={(writes.take ?? writes.reopen)!}
          loading={writes.busy}
          leftSection={writes.reopen ? <IconArrowBackUp size={16} aria-hidden /> : <IconUserCheck size={16} aria-hidden />}
        >
          {t(writes.reopen ? "act.reopen" : "act.take")}
        </Button>
      )}
    </div>
  );
}

function Holder({ item }: { item: Item }) {
  const t = useSay();
  const me = useMe();
  const names = useMembers();
  if (!item.assignee) return <>{t("inbox.heldBySomeone")}</>;
  return <>{item.assignee === me.person.id ? t("inbox.heldByYou") : t("inbox.heldBy", { name: names.nameOf(item.assignee) })}</>;
}
