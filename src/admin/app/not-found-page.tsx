import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { Link } from "wouter";
import { useWords } from "../messages/language.tsx";
import { Page } from "../parts/page.tsx";
import { Empty } from "../parts/states.tsx";

export function NotFoundPage() {
  const t = useWords();
  return (
    <Page title={t("notFound.title")}>
      <Empty icon={IconMapQuestion} title={t("notFound.heading")} text={t("notFound.text")}>
        <Button component={Link} href="/" variant="default" mt="xs">
          {t("notFound.action")}
        </Button>
      </Empty>
    </Page>
  );
}
