// Watches who waits and what is one's own, and tells: by notification, by sound that repeats until somebody looks, and
// by the tab. It compares lists rather than counting hints, so nothing is missed after a sleep or a lost connection.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere, useMe } from "../app/access";
import { useSettings } from "../app/settings";
import { useSay, type TextKey } from "../i18n";
import { conversationKey, listKeys, type Item } from "../inbox/data";
import { customerName } from "../inbox/words";
import { again } from "../live/again";
import { useLive, usePace } from "../live/LiveProvider";
import { QUIET } from "../live/socket";
import { useQueryClient } from "@tanstack/react-query";
import { changes, wayOf, type Seen } from "./decide";
import { play, unlockSound } from "./sound";
import { setWaiting } from "./title";

const AGAIN = 15_000;
const WATCHED = 100;

export function Alerts() {
  useHints();
  const waiting = useWatched("needs_person");
  const mine = useWatched("mine");
  useEffect(unlockSound, []);
  useNews(waiting, mine);
  useRepeat(waiting);
  const unread = (mine ?? []).filter((one) => one.unread > 0).length;
  useEffect(() => {
    setWaiting((waiting?.length ?? 0) + unread);
    return () => setWaiting(0);
  }, [waiting, unread]);
  return null;
}

/** A hint means: look again. Many at once are one look. */
function useHints(): void {
  const live = useLive();
  const client = useQueryClient();
  const { tenant } = useHere();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const touched = new Set<string>();
    let missed = false;
    const stop = live.listen((hint) => {
      if (QUIET.has(hint.kind)) return;
      if (hint.conversation) touched.add(hint.conversation);
      else missed = true;
      timer ??= setTimeout(() => {
        timer = null;
        const keys = [...listKeys(tenant), ["live", "watched", tenant], ...Array.from(touched, (id) => conversationKey(tenant, id))];
        for (const key of missed ? [["live"]] : keys) void again(client, key);
        touched.clear();
        missed = false;
      }, 250);
    });
    return () => {
      stop();
      if (timer) clearTimeout(timer);
    };
  }, [live, client, tenant]);
}

function useWatched(queue: "needs_person" | "mine"): readonly Item[] | undefined {
  const { tenant } = useHere();
  const pace = usePace();
  return useQuery({
    queryKey: ["live", "watched", tenant, queue],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations", {
          params: { path: { tenant }, query: { queue, limit: WATCHED } },
        }),
      ),
    refetchInterval: pace,
    refetchIntervalInBackground: true,
  }).data?.items;
}

function useNews(waiting: readonly Item[] | undefined, mine: readonly Item[] | undefined): void {
  const t = useSay();
  const me = useMe();
  const { slug } = useHere();
  const settings = useSettings();
  const navigate = useNavigate();
  const open = (useParams({ strict: false }) as { conversation?: string }).conversation;
  const before = useRef<Map<string, Seen> | null>(null);
  const latest = useRef({ settings, open });
  latest.current = { settings, open };

  useEffect(() => {
    if (!waiting || !mine) return;
    const all = [...waiting, ...mine.filter((one) => !waiting.some(({ id }) => id === one.id))];
    const news = changes(before.current, all, me.person.id);
    before.current = new Map(all.map((one) => [one.id, one]));
    const { settings: now, open: shown } = latest.current;
    let sounded = false;
    for (const { kind, id } of news) {
      const item = all.find((one) => one.id === id);
      if (!item) continue;
      const looking = !document.hidden && document.hasFocus() && shown === id;
      const way = wayOf(kind, now, new Date(), looking);
      if (way.sound && !sounded) {
        play(kind === "waiting" ? "waiting" : "other", now.volume);
        sounded = true;
      }
      if (way.desktop) {
        notify(t(`alerts.${kind}` as TextKey, { name: customerName(item, t) }), item.last_message?.text ?? "", `switchboard-${id}`, () =>
          void navigate({ to: `/${slug}/inbox/${kind === "waiting" ? "needs_person" : "mine"}/${id}` }),
        );
      }
    }
  }, [waiting, mine, me.person.id, navigate, slug, t]);
}

function notify(title: string, body: string, tag: string, opened: () => void): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const shown = new Notification(title, { body: body.slice(0, 140), tag, icon: `${import.meta.env.BASE_URL}mark.svg` });
  shown.onclick = () => {
    focus();
    opened();
    shown.close();
  };
}

/** The sound for a waiting customer comes again until nobody waits or somebody has looked at those who do. */
function useRepeat(waiting: readonly Item[] | undefined): void {
  const settings = useSettings();
  const latest = useRef(settings);
  latest.current = settings;
  const seen = useRef(new Set<string>());
  const ids = (waiting ?? []).map(({ id }) => id).join(" ");
  const list = (useParams({ strict: false }) as { list?: string }).list;

  useEffect(() => {
    const waits = ids === "" ? [] : ids.split(" ");
    const look = () => {
      if (!document.hidden && document.hasFocus() && list === "needs_person") waits.forEach((id) => seen.current.add(id));
    };
    // Looking is being there with the list before one's eyes, and touching something: a screen left alone sees nothing.
    const events = ["pointerdown", "keydown", "pointermove"] as const;
    events.forEach((name) => addEventListener(name, look, { passive: true }));
    const timer = setInterval(() => {
      const unseen = waits.some((id) => !seen.current.has(id));
      const now = latest.current;
      if (unseen && now.repeat && wayOf("waiting", now, new Date(), false).sound) play("waiting", now.volume);
    }, AGAIN);
    return () => {
      events.forEach((name) => removeEventListener(name, look));
      clearInterval(timer);
    };
  }, [ids, list]);
}
