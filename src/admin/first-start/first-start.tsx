import { Button, Stack, Title } from "@mantine/core";
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useIsRestoring } from "../api/backup.ts";
import type { SetupPhone } from "../api/client.ts";
import { useFinishSetup, useSetup, useStatus } from "../api/session.ts";
import iconUrl from "../app/icon.svg";
import { TrustGuide } from "../certificate/trust-guide.tsx";
import { type MessageKey, useLanguage, useWords } from "../messages/language.tsx";
import { likelyCountry } from "../parts/countries.ts";
import { FormError } from "../parts/states.tsx";
import {
  checkStep,
  type Draft,
  emptyDraft,
  type Problems,
  STEPS,
  type Step,
  stepOfField,
  toSetupInput,
} from "./draft.ts";
import classes from "./first-start.module.css";
import { PhonesResult } from "./phones-result.tsx";
import { Restore } from "./restore.tsx";
import { AdminStep, FirmStep, FlowStep, LanguageStep, OperatorsStep } from "./steps.tsx";
import { TestCallStep } from "./test-call-step.tsx";
import { TrunkStep } from "./trunk-step.tsx";

const HEADINGS: Record<Step, { title: MessageKey; lead: MessageKey }> = {
  language: { title: "start.language.title", lead: "start.language.lead" },
  firm: { title: "start.firm.title", lead: "start.firm.lead" },
  admin: { title: "start.admin.title", lead: "start.admin.lead" },
  operators: { title: "start.operators.title", lead: "start.operators.lead" },
  flow: { title: "start.flow.title", lead: "start.flow.lead" },
  trunk: { title: "start.trunk.title", lead: "start.trunk.lead" },
};

const FIELDS = {
  language: LanguageStep,
  firm: FirmStep,
  admin: AdminStep,
  operators: OperatorsStep,
  flow: FlowStep,
  trunk: TrunkStep,
};

/** From an empty box to the first answered call: six short questions, what has to be typed into the phones, a test call. */
export default function FirstStart({ onDone }: { onDone: () => void }) {
  const t = useWords();
  const { language } = useLanguage();
  const [stepIndex, setStepIndex] = useState(0);
  const isUnderWay = useIsRestoring();
  const [isRestoring, setRestoring] = useState(false);
  // The page was opened anew meanwhile: it goes on where it was.
  if (isUnderWay && !isRestoring) setRestoring(true);
  const [draft, setDraft] = useState<Draft>(() => {
    const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return emptyDraft(timeZone, likelyCountry(timeZone, language));
  });
  const [problems, setProblems] = useState<Problems>({});
  const [phones, setPhones] = useState<SetupPhone[] | null>(null);
  const [isTesting, setTesting] = useState(false);
  const setup = useSetup();
  const finish = useFinishSetup();
  const heading = useRef<HTMLHeadingElement>(null);
  const step = STEPS[stepIndex] ?? "language";
  const { title, lead } = HEADINGS[step];
  const Fields = FIELDS[step];

  useEffect(() => {
    document.title = `${t("start.windowTitle")} · Hotline`;
  }, [t]);
  const shownStep = useRef(stepIndex);
  useEffect(() => {
    if (shownStep.current !== stepIndex) heading.current?.focus();
    shownStep.current = stepIndex;
  }, [stepIndex]);

  const change = useMemo(
    () => (part: Partial<Draft>) => {
      setDraft((before) => ({ ...before, ...part }));
      setProblems({});
    },
    [],
  );

  const goOn = (event: FormEvent) => {
    event.preventDefault();
    const found = checkStep(step, draft);
    setProblems(found);
    if (Object.keys(found).length > 0) {
      const form = event.currentTarget;
      requestAnimationFrame(() =>
        form.querySelector<HTMLElement>("input[aria-invalid='true'], input[data-invalid='true']")?.focus(),
      );
      return;
    }
    if (stepIndex < STEPS.length - 1) {
      setStepIndex(stepIndex + 1);
      return;
    }
    setup.mutate(toSetupInput(draft, language), {
      onSuccess: (result) => setPhones(result.phones),
      onError: (error) => {
        const [path] = error instanceof ApiError ? Object.keys(error.fields) : [];
        if (!(error instanceof ApiError) || path === undefined) return;
        setProblems(error.fields);
        setStepIndex(STEPS.indexOf(stepOfField(path)));
      },
    });
  };

  if (isRestoring) return <Restore isUnderWay={isUnderWay} onBack={() => setRestoring(false)} />;
  if (isTesting) return <TestCallStep onDone={() => void finish().then(onDone)} />;
  if (phones !== null) return <PhonesResult phones={phones} onDone={() => setTesting(true)} />;

  return (
    <main className={classes["page"]}>
      <div className={classes["brand"]}>
        <img src={iconUrl} alt="" width={32} height={32} />
        Hotline
      </div>
      <form className={classes["card"]} onSubmit={goOn} noValidate>
        <ol className={classes["progress"]} aria-hidden>
          {STEPS.map((name, index) => (
            <li key={name} data-done={index <= stepIndex} />
          ))}
        </ol>
        <div className={classes["stepName"]}>{t("start.step", { step: stepIndex + 1, steps: STEPS.length })}</div>
        <Title order={1} mt="md" ref={heading} tabIndex={-1} className={classes["heading"] ?? ""}>
          {t(title)}
        </Title>
        <p className={classes["lead"]}>{t(lead)}</p>
        <Stack gap="md">
          <Fields draft={draft} problems={problems} change={change} onChosen={() => setStepIndex(1)} />
          {Object.keys(problems).length === 0 && <FormError error={setup.error} />}
        </Stack>
        <div className={classes["footer"]}>
          {stepIndex > 0 ? (
            <Button variant="default" onClick={() => setStepIndex(stepIndex - 1)} disabled={setup.isPending}>
              {t("action.back")}
            </Button>
          ) : (
            <Button variant="subtle" onClick={() => setRestoring(true)}>
              {t("restore.open")}
            </Button>
          )}
          <Button type="submit" loading={setup.isPending}>
            {stepIndex === STEPS.length - 1 ? t("start.finish") : t("action.next")}
          </Button>
        </div>
      </form>
      {stepIndex === 0 && <Warned />}
    </main>
  );
}

/** The first thing that anybody sees of a new box is the browser's warning. */
function Warned() {
  const t = useWords();
  const { data: status } = useStatus();
  const https = status?.https ?? null;
  if (https === null || window.location.protocol !== "https:") return null;
  return (
    <details className={classes["warned"]}>
      <summary>{t("certificate.warned")}</summary>
      <p>{t("certificate.warnedText")}</p>
      <TrustGuide fingerprint={https.fingerprint} />
    </details>
  );
}
