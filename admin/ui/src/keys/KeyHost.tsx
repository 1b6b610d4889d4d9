// Listens once for the whole desk. Parts say what an action does while they are shown; the newest part wins.
import { createContext, lazy, Suspense, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useSettings } from "../app/settings";
import { actionOf, keysFor, takesText, withMod, type Action } from "./keymap";

type Handler = () => void;
interface Host {
  register(action: Action, handler: Handler): () => void;
  run(action: Action): boolean;
  available(action: Action): boolean;
  openPalette(): void;
  openSheet(): void;
}

const KeyContext = createContext<Host | null>(null);
const Palette = lazy(() => import("./Palette"));
const Sheet = lazy(() => import("./Sheet"));

export function KeyHost({ children }: { children: ReactNode }) {
  const { keyboard, keys: own } = useSettings();
  const handlers = useRef(new Map<Action, Handler[]>());
  /** What was typed into the palette; null while it is closed. */
  const [palette, setPalette] = useState<string | null>(null);
  const [sheet, setSheet] = useState(false);
  const keys = useMemo(() => keysFor(own), [own]);

  const host = useMemo<Host>(() => {
    const top = (action: Action) => handlers.current.get(action)?.at(-1);
    return {
      register(action, handler) {
        handlers.current.set(action, [...(handlers.current.get(action) ?? []), handler]);
        return () => {
          const left = (handlers.current.get(action) ?? []).filter((one) => one !== handler);
          handlers.current.set(action, left);
        };
      },
      run(action) {
        const handler = top(action);
        handler?.();
        return handler !== undefined;
      },
      available: (action) => top(action) !== undefined,
      openPalette: () => setPalette(""),
      openSheet: () => setSheet(true),
    };
  }, []);

  useEffect(() => host.register("help", () => setSheet(true)), [host]);
  const opening = palette !== null;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      if (withMod(event, "k")) {
        event.preventDefault();
        setPalette((typed) => typed ?? "");
        return;
      }
      // Letters that come faster than the palette does are meant for it, wherever the focus still is: none of them may
      // act, fall away or end up in the message to the customer.
      if (opening && !inDialog(event.target)) {
        const { key } = event;
        if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
        if ([...key].length === 1) setPalette((typed) => (typed === null ? null : typed + key));
        if (key === "Escape") setPalette(null);
        if (key !== "Tab") event.preventDefault();
        return;
      }
      if (!keyboard || document.querySelector("[role=dialog][aria-modal=true]")) return;
      const action = actionOf(event, takesText(event.target), keys);
      if (action && host.run(action)) event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [host, keyboard, keys, opening]);

  const closePalette = useCallback(() => setPalette(null), []);
  return (
    <KeyContext value={host}>
      {children}
      <Suspense>
        {palette !== null && <Palette words={palette} setWords={setPalette} close={closePalette} />}
        {sheet && <Sheet close={() => setSheet(false)} />}
      </Suspense>
    </KeyContext>
  );
}

const inDialog = (target: EventTarget | null) => target instanceof Element && target.closest("[role=dialog]") !== null;

export function useKeys(): Host {
  const host = useContext(KeyContext);
  if (!host) throw new Error("this part stands outside of the desk");
  return host;
}

/** While the caller is shown, `action` does this. `null` lets the one below have it. */
export function useAction(action: Action, handler: Handler | null): void {
  const host = useKeys();
  const latest = useRef(handler);
  latest.current = handler;
  const active = handler !== null;
  useEffect(() => (active ? host.register(action, () => latest.current?.()) : undefined), [host, action, active]);
}
