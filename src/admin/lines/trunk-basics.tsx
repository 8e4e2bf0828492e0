import { NativeSelect, NumberInput, PasswordInput, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { TRUNK_KINDS } from "../../calls/trunk.ts";
import { useWords } from "../messages/language.tsx";
import { splitServer, type WholeTrunkDraft } from "./trunk-draft.ts";

export interface TrunkPartProps {
  draft: WholeTrunkDraft;
  change: (part: Partial<WholeTrunkDraft>) => void;
  errorOf: (path: string) => string | undefined;
}

/** What has to be said of every trunk; the rest has usual values. */
export function TrunkBasics({ draft, change, errorOf, keepsPassword }: TrunkPartProps & { keepsPassword: boolean }) {
  const t = useWords();
  const isGateway = draft.preset === "gsm-line" || draft.preset === "gsm-shared";
  const takeServer = () => change(splitServer(draft.server));
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        <TextInput
          label={t("trunk.name")}
          placeholder={t("trunk.namePlaceholder")}
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={errorOf("name")}
          maxLength={60}
          data-autofocus
        />
        <NativeSelect
          label={t("trunk.kind")}
          value={draft.kind}
          onChange={(event) =>
            change({ kind: TRUNK_KINDS.find((kind) => kind === event.currentTarget.value) ?? "city" })
          }
          data={TRUNK_KINDS.map((kind) => ({ value: kind, label: t(`trunk.kind.${kind}`) }))}
        />
      </SimpleGrid>
      <TextInput
        label={isGateway ? t("trunkForm.gateway") : t("trunk.server")}
        description={isGateway ? t("trunkForm.gatewayHint") : t("trunkForm.serverHint")}
        placeholder={isGateway ? "192.168.1.50" : "sip.example.com"}
        value={draft.server}
        onChange={(event) => change({ server: event.currentTarget.value })}
        onBlur={takeServer}
        error={errorOf("server")}
        spellCheck={false}
        autoCapitalize="none"
      />
      {draft.mode === "register" && (
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          <TextInput
            label={t("trunk.user")}
            value={draft.user}
            onChange={(event) => change({ user: event.currentTarget.value })}
            error={errorOf("user")}
            autoComplete="off"
            spellCheck={false}
            autoCapitalize="none"
          />
          <PasswordInput
            label={t("trunk.password")}
            description={keepsPassword ? t("trunk.passwordKept") : undefined}
            inputWrapperOrder={["label", "input", "description", "error"]}
            value={draft.password}
            onChange={(event) => change({ password: event.currentTarget.value })}
            error={errorOf("password")}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          />
        </SimpleGrid>
      )}
      {draft.preset === "gsm-shared" && (
        <NumberInput
          label={t("trunkForm.sims")}
          description={t("trunkForm.simsHint")}
          value={draft.total}
          onChange={(total) => change({ total })}
          error={errorOf("channels.total")}
          allowDecimal={false}
          allowNegative={false}
          min={1}
          max={1000}
          maw={220}
        />
      )}
    </Stack>
  );
}
