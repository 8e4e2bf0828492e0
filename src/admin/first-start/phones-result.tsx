import { Button, Stack } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import type { SetupPhone } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { PhoneCard, ShownOnce } from "../parts/phone-settings.tsx";
import { ResultPage } from "./result-page.tsx";

export function PhonesResult({ phones, onDone }: { phones: SetupPhone[]; onDone: () => void }) {
  const t = useWords();
  const footer = (
    <>
      <Button variant="default" leftSection={<IconPrinter size={18} />} onClick={() => window.print()}>
        {t("action.print")}
      </Button>
      <Button onClick={onDone}>{t("start.done.open")}</Button>
    </>
  );
  return (
    <ResultPage title={t("start.done.title")} lead={t("start.done.lead")} footer={footer}>
      <Stack gap="md">
        <ShownOnce />
        {phones.map((phone) => (
          <PhoneCard key={phone.operatorId} name={phone.name} extension={phone.extension} phone={phone} />
        ))}
      </Stack>
    </ResultPage>
  );
}
