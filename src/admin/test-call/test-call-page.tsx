import { useWords } from "../messages/language.tsx";
import { Page, Section } from "../parts/page.tsx";
import { TestCall } from "./test-call.tsx";

/** The test call of the first start, for whoever left it out, or wants to hear it again. */
export default function TestCallPage() {
  const t = useWords();
  return (
    <Page title={t("testCall.title")}>
      <Section title={t("testCall.section")} hint={t("testCall.lead")}>
        <TestCall />
      </Section>
    </Page>
  );
}
