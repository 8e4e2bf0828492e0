import { ActionIcon, Button, Group, Stack, Switch, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { parseNetwork } from "../../flows/bans/networks.ts";
import { useSaveBans } from "../api/bans.ts";
import type { Bans } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { keptForTheForm } from "../parts/mutation.ts";
import { useNotice } from "../parts/notices.tsx";
import { SaveRow } from "../parts/save-row.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import classes from "./bans.module.css";

interface Row {
  key: number;
  network: string;
  note: string;
}

/** Whether guessers are shut out, and who never is. */
export function BanForm({ saved, yourAddress }: { saved: Bans["settings"]; yourAddress: string }) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveBans();
  const { tell } = useNotice();
  const [isOn, setIsOn] = useState(saved.isOn);
  const [rows, setRows] = useState<Row[]>(() => saved.never.map((one, key) => ({ ...one, key })));
  const [isTried, setIsTried] = useState(false);
  const errorOf = ({ network }: Row) =>
    isTried && parseNetwork(network) === null ? fieldText("not-a-network") : undefined;
  const add = (network: string, note: string) =>
    setRows([...rows, { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1, network, note }]);
  const change = (key: number, over: Partial<Row>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...over } : row)));
  const submit = () => {
    setIsTried(true);
    if (rows.some(({ network }) => parseNetwork(network) === null)) return;
    const never = rows.map(({ network, note }) => ({ network, note }));
    save.mutateAsync({ isOn, never }).then(() => tell(t("bans.saved")), keptForTheForm);
  };
  const isMineThere = rows.some(({ network }) => network.trim() === yourAddress);
  return (
    <form
      data-testid="ban-settings"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <Switch label={t("bans.isOn")} checked={isOn} onChange={(event) => setIsOn(event.currentTarget.checked)} />
        <div>
          <strong>{t("bans.never")}</strong>
          <div className={classes["soft"]}>{t("bans.neverHint")}</div>
        </div>
        {rows.map((row) => (
          <div key={row.key} className={classes["never"]}>
            <TextInput
              aria-label={t("bans.network")}
              placeholder={t("bans.network")}
              value={row.network}
              error={errorOf(row)}
              onChange={(event) => change(row.key, { network: event.currentTarget.value })}
            />
            <TextInput
              aria-label={t("bans.note")}
              placeholder={t("bans.note")}
              value={row.note}
              maxLength={200}
              onChange={(event) => change(row.key, { note: event.currentTarget.value })}
            />
            <ActionIcon
              variant="default"
              size="input-sm"
              aria-label={t("bans.remove", { network: row.network })}
              onClick={() => setRows(rows.filter(({ key }) => key !== row.key))}
            >
              <IconTrash size={18} aria-hidden />
            </ActionIcon>
          </div>
        ))}
        <Group gap="xs">
          <Button variant="default" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => add("", "")}>
            {t("action.add")}
          </Button>
          {!isMineThere && parseNetwork(yourAddress) !== null && (
            <Button variant="default" onClick={() => add(yourAddress, t("bans.mine"))}>
              {t("bans.addMine", { address: yourAddress })}
            </Button>
          )}
        </Group>
        <SaveRow save={save} justify="flex-end" />
      </Stack>
    </form>
  );
}
