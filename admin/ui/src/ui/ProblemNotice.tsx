// A failed fetch in place of what it should have shown: what happened, what to do, and the id to quote.
import { Button, Code, CopyButton, Tooltip } from "@mantine/core";
import { OFFLINE, problemOf, type Problem } from "../api/problem";
import { useSay, type Say } from "../i18n";
import { Notice } from "./Notice";

interface Props {
  error: unknown;
  retry?: (() => void) | undefined;
  level?: 1 | 2;
}

export function ProblemNotice({ error, retry, level = 2 }: Props) {
  const t = useSay();
  const problem = problemOf(error);
  const again = retry && problem.status !== 403 && problem.status !== 404;
  return (
    <Notice
      level={level}
      tone={problem.status === 403 ? "locked" : problem.status === 404 ? "empty" : "failed"}
      title={titleOf(problem, t)}
      action={again ? <Button variant="default" onClick={retry}>{t("error.retry")}</Button> : undefined}
    >
      <p>{wordsFor(problem, t)}</p>
      {problem.requestId && problem.status >= 500 && <Reference id={problem.requestId} />}
    </Notice>
  );
}

/** One plain sentence for a problem, for toasts and notices. */
export function wordsFor(problem: Problem, t: Say): string {
  if (problem.code === OFFLINE) return t("error.offlineText");
  if (problem.status >= 500 || problem.status === 0) return t("error.serverText");
  if (problem.status === 429 && problem.retryAfter) return t("error.tooManyText", { n: problem.retryAfter });
  return problem.message || t("error.serverText");
}

function titleOf(problem: Problem, t: Say): string {
  if (problem.code === OFFLINE) return t("error.offlineTitle");
  if (problem.status === 403) return t("error.forbiddenTitle");
  if (problem.status === 404) return t("error.notFoundTitle");
  return t("error.title");
}

function Reference({ id }: { id: string }) {
  const t = useSay();
  return (
    <p>
      {t("error.reference")} <Code style={{ whiteSpace: "nowrap" }}>{id}</Code>{" "}
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t("error.copied") : t("error.copy")} openDelay={0}>
            <Button size="compact-xs" variant="subtle" onClick={copy}>
              {copied ? t("error.copied") : t("error.copy")}
            </Button>
          </Tooltip>
        )}
      </CopyButton>
    </p>
  );
}
