// The socket that says "look again": it carries hints, never content. What a hint is about is fetched over HTTP, and
// after a sleep or a lost connection everything shown is fetched again, so nothing depends on a hint that got lost.
import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useHere } from "../app/access";
import { again } from "./again";
import { openSocket, type Hint, type LiveSocket } from "./socket";

/** open: hints come. away: the hub answers, but not live. offline: no network. */
export type LiveState = "open" | "away" | "offline";

interface Live {
  state: LiveState;
  /** Every hint, as it comes. Returns the way to stop. */
  listen(listener: (hint: Hint) => void): () => void;
  /** Tells colleagues; nobody minds when it is lost. */
  tell: LiveSocket["tell"];
}

const LiveContext = createContext<Live>({ state: "away", listen: () => () => {}, tell: () => {} });

export function LiveProvider({ children }: { children: ReactNode }) {
  const { tenant } = useHere();
  const client = useQueryClient();
  const listeners = useRef(new Set<(hint: Hint) => void>());
  const socket = useRef<LiveSocket | null>(null);
  const [connected, setConnected] = useState(false);
  const [online, setOnline] = useState(navigator.onLine);

  useEffect(() => {
    const changed = () => {
      setOnline(navigator.onLine);
      // The socket may outlive a short loss, and what its hints asked for meanwhile could not be had.
      if (navigator.onLine) void again(client, ["live"]);
    };
    addEventListener("online", changed);
    addEventListener("offline", changed);
    return () => {
      removeEventListener("online", changed);
      removeEventListener("offline", changed);
    };
  }, [client]);

  useEffect(() => {
    const opened = openSocket(tenant, {
      hint: (hint) => listeners.current.forEach((listener) => listener(hint)),
      state: (open) => {
        setConnected(open);
        if (open) void again(client, ["live"]);
      },
    });
    socket.current = opened;
    return () => {
      socket.current = null;
      opened.close();
    };
  }, [tenant, client]);

  // A machine that slept has missed what happened meanwhile, whatever its timers say.
  useEffect(() => {
    let last = Date.now();
    const timer = setInterval(() => {
      if (Date.now() - last > 30_000) void again(client, ["live"]);
      last = Date.now();
    }, 5_000);
    return () => clearInterval(timer);
  }, [client]);

  const state: LiveState = !online ? "offline" : connected ? "open" : "away";
  const live = useMemo<Live>(
    () => ({
      state,
      listen(listener) {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
      tell: (event, data, answered) => socket.current?.tell(event, data, answered),
    }),
    [state],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  return useContext(LiveContext);
}

/** How often to look without being told, in milliseconds: rarely while hints come, often while they do not. */
export function usePace(): number {
  return useLive().state === "open" ? 60_000 : 5_000;
}
