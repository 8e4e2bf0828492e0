import { Button, Stack, Title } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { SetupPhone } from "../api/client.ts";
import iconUrl from "../app/icon.svg";
import { useWords } from "../messages/language.tsx";
import { PhoneCard, ShownOnce } from "../parts/phone-settings.tsx";
import classes from "./first-start.module.css";

export function PhonesResult({ phones, onDone }: { phones: SetupPhone[]; onDone: () => void }) {
  const t = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main className={classes["page"]}>
      <div className={classes["brand"]}>
        <img src={iconUrl} alt="" width={32} height={32} />
        Hotline
      </div>
      <div className={classes["card"]}>
        <Title order={1} ref={heading} tabIndex={-1} className={classes["heading"] ?? ""}>
          {t("start.done.title")}
        </Title>
        <p className={classes["lead"]}>{t("start.done.lead")}</p>
        <Stack gap="md">
          <ShownOnce />
          {phones.map((phone) => (
            <PhoneCard key={phone.operatorId} name={phone.name} extension={phone.extension} phone={phone} />
          ))}
        </Stack>
        <div className={classes["footer"]}>
          <Button variant="default" leftSection={<IconPrinter size={18} />} onClick={() => window.print()}>
            {t("action.print")}
          </Button>
          <Button onClick={onDone}>{t("start.done.open")}</Button>
        </div>
      </div>
    </main>
  );
}
