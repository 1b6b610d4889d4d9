// Short words at the lower edge: what was done, with a way back where there is one, or what did not work.
import { Button, CloseButton } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { problemOf } from "../api/problem";
import { sayNow, useSay } from "../i18n";
import { IconAlertTriangle } from "./icons";
import { wordsFor } from "./ProblemNotice";
import css from "./toast.module.css";

interface Toast {
  id: number;
  title?: string;
  message: string;
  failed: boolean;
  undo?: (() => void) | undefined;
}

const MOST = 3;
const SHORT = 8_000;
const LONG = 14_000;
const listeners = new Set<() => void>();
let shown: readonly Toast[] = [];
let next = 1;

const timers = new Map<number, ReturnType<typeof setTimeout>>();

function put(toast: Omit<Toast, "id">): void {
  const made = { ...toast, id: next++ };
  const kept = shown.slice(-MOST + 1);
  for (const { id } of shown) if (!kept.some((one) => one.id === id)) hold(id);
  shown = [...kept, made];
  count(made);
  listeners.forEach((listener) => listener());
}

function count({ id, failed }: Toast): void {
  hold(id);
  timers.set(id, setTimeout(() => take(id), failed ? LONG : SHORT));
}

/** Its time stands still: somebody points at it or is in it. */
function hold(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

function take(id: number): void {
  hold(id);
  shown = shown.filter((one) => one.id !== id);
  listeners.forEach((listener) => listener());
}

/** Says what was done; `undo` is offered for as long as it shows. */
export function told(message: string, undo?: () => void): void {
  put({ message, undo, failed: false });
}

/** Says what did not work. `what` is what the person wanted. */
export function failed(error: unknown, what?: string): void {
  put({ title: what ?? sayNow("error.title"), message: wordsFor(problemOf(error), sayNow), failed: true });
}

/** Says in our own words what was not done, where there is nothing to add from the hub. */
export function refused(message: string): void {
  put({ message, failed: true });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where the words show. Once on a page. */
export function Toasts() {
  const t = useSay();
  const all = useSyncExternalStore(subscribe, () => shown);
  return (
    <div className={css["place"]}>
      <div role="status" aria-live="polite">
        {all.filter((one) => !one.failed).map((one) => <ToastView key={one.id} toast={one} undo={t("act.undo")} close={t("act.close")} />)}
      </div>
      <div role="alert">
        {all.filter((one) => one.failed).map((one) => <ToastView key={one.id} toast={one} undo={t("act.undo")} close={t("act.close")} />)}
      </div>
    </div>
  );
}

function ToastView({ toast, undo, close }: { toast: Toast; undo: string; close: string }) {
  return (
    <div
      className={css["toast"]}
      data-failed={toast.failed || undefined}
      onPointerEnter={() => hold(toast.id)}
      onPointerLeave={() => count(toast)}
      onFocus={() => hold(toast.id)}
      onBlur={() => count(toast)}
    >
      {toast.failed && <IconAlertTriangle size={18} aria-hidden />}
      <div className={css["words"]}>
        {toast.title && <strong>{toast.title}</strong>}
        <span>{toast.message}</span>
      </div>
      {toast.undo && (
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => {
            take(toast.id);
            toast.undo?.();
          }}
        >
          {undo}
        </Button>
      )}
      <CloseButton size="sm" aria-label={close} onClick={() => take(toast.id)} />
    </div>
  );
}
