import { Button } from "@mantine/core";
import { useCallback, useState } from "react";
import { useLiveEvents } from "../api/live-events.ts";
import { useWords } from "../messages/language.tsx";
import { TestCall } from "../test-call/test-call.tsx";
import { ResultPage } from "./result-page.tsx";

/** The first start ends with a call that somebody answered, or without one: the page is there later too. */
export function TestCallStep({ onDone }: { onDone: () => void }) {
  const t = useWords();
  useLiveEvents();
  const [works, setWorks] = useState(false);
  const worked = useCallback(() => setWorks(true), []);
  const footer = works ? (
    <Button onClick={onDone}>{t("start.test.open")}</Button>
  ) : (
    <Button variant="default" onClick={onDone}>
      {t("start.test.later")}
    </Button>
  );
  return (
    <ResultPage title={t("testCall.title")} lead={t("testCall.lead")} footer={footer}>
      <TestCall onWorks={worked} />
    </ResultPage>
  );
}
