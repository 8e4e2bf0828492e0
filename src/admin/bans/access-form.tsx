import { Stack, Textarea } from "@mantine/core";
import { IconMapPinExclamation, IconShieldOff } from "@tabler/icons-react";
import { useState } from "react";
import { parseNetwork } from "../../flows/bans/networks.ts";
import { useSaveAccess } from "../api/bans.ts";
import type { Access } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { keptForTheForm } from "../parts/mutation.ts";
import { useNotice } from "../parts/notices.tsx";
import { SaveRow } from "../parts/save-row.tsx";
import { useFieldText } from "../parts/use-error-text.ts";

const SERVICES = ["local", "panel", "phones"] as const;
const listOf = (text: string) => text.split(/[\s,;]+/).filter((word) => word !== "");

/** Which networks reach the panel and the phones' port. */
export function AccessForm({ access: { settings, usualLocal, letIn, isFirewallThere } }: { access: Access }) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveAccess();
  const { tell } = useNotice();
  const [texts, setTexts] = useState(() => ({
    local: (settings.local ?? usualLocal).join("\n"),
    panel: settings.panel.join("\n"),
    phones: settings.phones.join("\n"),
  }));
  const [isTried, setIsTried] = useState(false);
  const isWrong = (text: string) => listOf(text).some((network) => parseNetwork(network) === null);
  const submit = () => {
    setIsTried(true);
    if (SERVICES.some((service) => isWrong(texts[service]))) return;
    const local = listOf(texts.local);
    const isUsual = local.length === 0 || local.join() === usualLocal.join();
    const wanted = { local: isUsual ? null : local, panel: listOf(texts.panel), phones: listOf(texts.phones) };
    save.mutateAsync(wanted).then(() => tell(t("bans.saved")), keptForTheForm);
  };
  return (
    <form
      data-testid="access"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        {!isFirewallThere && (
          <Callout tone="calm" icon={IconShieldOff}>
            {t("access.noFirewall")}
          </Callout>
        )}
        {letIn.length > 0 && (
          <Callout tone="warn" icon={IconMapPinExclamation} testId="moved">
            {t("access.moved", { networks: letIn.join(", ") })}
          </Callout>
        )}
        {SERVICES.map((service) => (
          <Textarea
            key={service}
            label={t(`access.${service}`)}
            description={t(`access.${service}Hint`)}
            autosize
            minRows={2}
            value={texts[service]}
            error={isTried && isWrong(texts[service]) ? fieldText("not-a-network") : undefined}
            onChange={(event) => setTexts({ ...texts, [service]: event.currentTarget.value })}
          />
        ))}
        <SaveRow save={save} justify="flex-end" />
      </Stack>
    </form>
  );
}
