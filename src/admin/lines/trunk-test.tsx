import { Button, Group, Stack } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconPlugConnected,
  type TablerIcon,
} from "@tabler/icons-react";
import type { UseMutationResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import type { TrunkTestStep } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { Mark, type Tone } from "../parts/mark.tsx";
import { FormError } from "../parts/states.tsx";
import classes from "./lines.module.css";

const SIGNS: Record<TrunkTestStep["verdict"], { icon: TablerIcon; tone: Tone }> = {
  good: { icon: IconCircleCheck, tone: "good" },
  warning: { icon: IconAlertTriangle, tone: "warn" },
  bad: { icon: IconCircleX, tone: "bad" },
};

/** What the test found, step by step, in words of the owner; the SIP answer is there for the company's engineer. */
function TestResult({ steps }: { steps: readonly TrunkTestStep[] }) {
  const t = useWords();
  const worst = steps.find(({ verdict }) => verdict === "bad");
  const warned = steps.some(({ verdict }) => verdict === "warning");
  const tone = worst ? "bad" : warned ? "warn" : "calm";
  const title = worst ? t("trunkTest.fails") : warned ? t("trunkTest.worksBut") : t("trunkTest.works");
  const icon = worst ? IconCircleX : warned ? IconAlertTriangle : IconCircleCheck;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <div ref={box} role="status" data-testid="trunk-test" data-verdict={worst ? "bad" : warned ? "warning" : "good"}>
      <Callout tone={tone} icon={icon} title={title}>
        <ol className={classes["testSteps"]}>
          {steps.map((step) => (
            <Step key={step.step} step={step} />
          ))}
        </ol>
      </Callout>
    </div>
  );
}

function Step({ step: { step, verdict, code, params, answer } }: { step: TrunkTestStep }) {
  const t = useWords();
  const { icon, tone } = SIGNS[verdict];
  return (
    <li data-step={step} data-code={code}>
      <Mark icon={icon} tone={tone}>
        {t(`trunkTest.${code}`, params)}
      </Mark>
      {answer !== null && (
        <details className={classes["sipAnswer"]}>
          <summary>{t("trunkTest.showAnswer")}</summary>
          <pre tabIndex={0}>{answer}</pre>
        </details>
      )}
    </li>
  );
}

interface RunProps<Variables> {
  test: UseMutationResult<{ steps: TrunkTestStep[] }, Error, Variables>;
  start: () => void;
  stop: () => void;
  /** Its fields say already what is wrong. */
  hidesError?: boolean;
  /** What else can be tried, once the line itself works. */
  children?: ReactNode;
  /** Shown whatever the last test found: something is typed there. */
  keepsChildren?: boolean;
}

/** All but the call, which can be tried again with another number. */
const isUp = (steps: readonly TrunkTestStep[]) =>
  steps.every(({ step, verdict }) => verdict !== "bad" || step === "call");

/** The button, what goes on while it runs, and what came out. */
export function TrunkTestRun<Variables>({
  test,
  start,
  stop,
  hidesError = false,
  children,
  keepsChildren = false,
}: RunProps<Variables>) {
  const t = useWords();
  const isDone = !test.isPending && test.data !== undefined;
  return (
    <Stack gap="sm">
      {(keepsChildren || (isDone && isUp(test.data.steps))) && children}
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconPlugConnected size={18} aria-hidden />}
          loading={test.isPending}
          onClick={start}
        >
          {t("trunkTest.start")}
        </Button>
        {test.isPending ? (
          <>
            <span className={classes["soft"]} role="status">
              {t("trunkTest.running")}
            </span>
            <Button variant="subtle" size="compact-sm" onClick={stop}>
              {t("trunkTest.stop")}
            </Button>
          </>
        ) : (
          test.data === undefined && <span className={classes["soft"]}>{t("trunkTest.hint")}</span>
        )}
      </Group>
      {!test.isPending && !hidesError && test.error?.name !== "AbortError" && <FormError error={test.error} />}
      {isDone && <TestResult steps={test.data.steps} />}
    </Stack>
  );
}
