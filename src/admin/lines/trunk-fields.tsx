import { NativeSelect, NumberInput, PasswordInput, Radio, SimpleGrid, Stack, TextInput } from "@mantine/core";
import type { TrunkInput } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { checkName, checkPort, checkRequired, checkServer, type FieldProblem } from "../parts/field-rules.ts";
import { useFieldText } from "../parts/use-error-text.ts";

/** A trunk as it is being typed: every field has text. */
export interface TrunkDraft {
  name: string;
  kind: TrunkInput["kind"];
  mode: TrunkInput["mode"];
  server: string;
  port: number | string;
  user: string;
  password: string;
}

export const EMPTY_TRUNK: TrunkDraft = {
  name: "",
  kind: "city",
  mode: "register",
  server: "",
  port: 5060,
  user: "",
  password: "",
};

export type TrunkProblems = Partial<Record<keyof TrunkDraft, FieldProblem>>;

/** `keepsPassword`: the daemon has one already, so an empty field means 'leave it'. */
export function checkTrunk(draft: TrunkDraft, keepsPassword: boolean): TrunkProblems {
  const registers = draft.mode === "register";
  const found: [keyof TrunkDraft, FieldProblem | null][] = [
    ["name", checkName(draft.name)],
    ["server", checkServer(draft.server)],
    ["port", checkPort(draft.port)],
    ["user", registers ? checkRequired(draft.user) : null],
    ["password", registers && !keepsPassword ? checkRequired(draft.password) : null],
  ];
  const problems: TrunkProblems = {};
  for (const [field, problem] of found) if (problem !== null) problems[field] = problem;
  return problems;
}

export function toTrunkInput(draft: TrunkDraft): TrunkInput {
  const registers = draft.mode === "register";
  return {
    name: draft.name.trim(),
    kind: draft.kind,
    mode: draft.mode,
    server: draft.server.trim(),
    port: Number(draft.port),
    ...(registers && draft.user.trim() !== "" ? { user: draft.user.trim() } : {}),
    ...(registers && draft.password !== "" ? { password: draft.password } : {}),
  };
}

interface Props {
  draft: TrunkDraft;
  problems: Readonly<Record<string, string | undefined>>;
  keepsPassword?: boolean;
  onChange: (draft: TrunkDraft) => void;
}

export function TrunkFields({ draft, problems, keepsPassword = false, onChange }: Props) {
  const t = useWords();
  const fieldText = useFieldText();
  const errorOf = (field: keyof TrunkDraft) => {
    const code = problems[field];
    return code === undefined ? undefined : fieldText(code);
  };
  const change = (part: Partial<TrunkDraft>) => onChange({ ...draft, ...part });

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
        />
        <NativeSelect
          label={t("trunk.kind")}
          value={draft.kind}
          onChange={(event) => change({ kind: event.currentTarget.value as TrunkDraft["kind"] })}
          data={[
            { value: "city", label: t("trunk.kind.city") },
            { value: "mobile", label: t("trunk.kind.mobile") },
            { value: "toll-free", label: t("trunk.kind.toll-free") },
            { value: "internal", label: t("trunk.kind.internal") },
          ]}
        />
      </SimpleGrid>
      <Radio.Group
        label={t("trunk.mode")}
        value={draft.mode}
        onChange={(mode) => change({ mode: mode === "ip-peer" ? "ip-peer" : "register" })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="register" label={t("trunk.mode.register")} description={t("trunk.mode.registerHint")} />
          <Radio value="ip-peer" label={t("trunk.mode.ip-peer")} description={t("trunk.mode.ipPeerHint")} />
        </Stack>
      </Radio.Group>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        <TextInput
          label={t("trunk.server")}
          placeholder="sip.example.com"
          value={draft.server}
          onChange={(event) => change({ server: event.currentTarget.value })}
          error={errorOf("server")}
          spellCheck={false}
          autoCapitalize="none"
        />
        <NumberInput
          label={t("trunk.port")}
          value={draft.port}
          onChange={(port) => change({ port })}
          error={errorOf("port")}
          allowDecimal={false}
          allowNegative={false}
          hideControls
        />
      </SimpleGrid>
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
    </Stack>
  );
}
