import { Button, Title } from "@mantine/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useLiveEvents } from "../api/live-events.ts";
import iconUrl from "../app/icon.svg";
import { useWords } from "../messages/language.tsx";
import { TestCall } from "../test-call/test-call.tsx";
import classes from "./first-start.module.css";

/** The first start ends with a call that somebody answered, or without one: the page is there later too. */
export function TestCallStep({ onDone }: { onDone: () => void }) {
  const t = useWords();
  useLiveEvents();
  const [works, setWorks] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const worked = useCallback(() => setWorks(true), []);
  return (
    <main className={classes["page"]}>
      <div className={classes["brand"]}>
        <img src={iconUrl} alt="" width={32} height={32} />
        Hotline
      </div>
      <div className={classes["card"]}>
        <Title order={1} ref={heading} tabIndex={-1} className={classes["heading"] ?? ""}>
          {t("testCall.title")}
        </Title>
        <p className={classes["lead"]}>{t("testCall.lead")}</p>
        <TestCall onWorks={worked} />
        <div className={classes["footer"]}>
          {works ? (
            <Button onClick={onDone}>{t("start.test.open")}</Button>
          ) : (
            <Button variant="default" onClick={onDone}>
              {t("start.test.later")}
            </Button>
          )}
        </div>
      </div>
    </main>
  );
}
