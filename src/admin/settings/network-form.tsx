import { Button, Group, NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { IconDeviceLandlinePhone } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { type NetworkSettings } from "../../calls/box.ts";
import { checkNetwork, isVlanName } from "../../flows/box/check-network.ts";
import { ApiError } from "../api/api-error.ts";
import { useTryNetwork } from "../api/box.ts";
import type { Box } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import classes from "./box.module.css";

/** As typed. */
interface Draft {
  isStatic: boolean;
  card: string;
  vlan: number | "";
  address: string;
  prefix: number | "";
  gateway: string;
  dns: string;
}

function draftOf(saved: NetworkSettings, cards: Box["cards"]): Draft {
  const now = cards.find(({ addresses }) => addresses.length > 0);
  const [address = "", prefix = "24"] = (now?.addresses[0] ?? "").split("/");
  const { ipv4 } = saved;
  const isStatic = ipv4.method === "static";
  return {
    ...{ isStatic, card: saved.card ?? now?.name ?? cards[0]?.name ?? "", vlan: saved.vlan ?? "" },
    ...(isStatic
      ? { address: ipv4.address, prefix: ipv4.prefix, gateway: ipv4.gateway, dns: ipv4.dns.join(" ") }
      : { address, prefix: Number(prefix), gateway: "", dns: "" }),
  };
}

function settingsOf({ isStatic, card, vlan, address, prefix, gateway, dns }: Draft): NetworkSettings {
  const names = dns.split(/[\s,]+/).filter(Boolean);
  const ipv4: NetworkSettings["ipv4"] = isStatic
    ? {
        method: "static",
        address: address.trim(),
        prefix: prefix === "" ? 0 : prefix,
        gateway: gateway.trim(),
        dns: names,
      }
    : { method: "dhcp" };
  return { card, vlan: vlan === "" ? null : vlan, ipv4 };
}

/** How the box gets its address. What is sent is only tried. */
export function NetworkForm({ saved, cards }: { saved: NetworkSettings; cards: Box["cards"] }) {
  const t = useWords();
  const fieldText = useFieldText();
  const tryNetwork = useTryNetwork();
  const own = cards.filter(({ name }) => !isVlanName(name));
  const [draft, setDraft] = useState(() => draftOf(saved, own));
  const [problems, setProblems] = useState<Record<string, string>>({});
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const errorOf = (field: string) => (problems[field] === undefined ? undefined : fieldText(problems[field]));
  const cutsCalls = tryNetwork.error instanceof ApiError && tryNetwork.error.code === "calls-go-on";

  const send = (evenWithCalls: boolean) => {
    const settings = settingsOf(draft);
    const networks = cards.map(({ name, addresses }) => ({
      name,
      networks: addresses.map((text) => ({ address: text.split("/")[0] ?? "", prefix: Number(text.split("/")[1]) })),
    }));
    const wrong = checkNetwork(settings, networks);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    tryNetwork.mutateAsync({ settings, evenWithCalls }).catch((error: unknown) => {
      if (error instanceof ApiError) setProblems({ ...error.fields });
    });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(false);
  };

  return (
    <Stack component="form" onSubmit={submit}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} className={classes["fields"] ?? ""}>
        <NativeSelect
          label={t("box.way")}
          value={draft.isStatic ? "static" : "dhcp"}
          onChange={(event) => change({ isStatic: event.currentTarget.value === "static" })}
          data={[
            { value: "dhcp", label: t("box.byDhcp") },
            { value: "static", label: t("box.byHand") },
          ]}
        />
        {draft.isStatic && (
          <>
            <TextInput
              label={t("box.address")}
              placeholder="192.168.1.50"
              value={draft.address}
              onChange={(event) => change({ address: event.currentTarget.value })}
              error={errorOf("ipv4.address")}
              maxLength={40}
            />
            <NumberInput
              label={t("box.prefix")}
              description={t("box.prefixHint")}
              value={draft.prefix}
              allowDecimal={false}
              onChange={(prefix) => change({ prefix: typeof prefix === "number" ? prefix : "" })}
              error={errorOf("ipv4.prefix")}
            />
            <TextInput
              label={t("box.gateway")}
              placeholder="192.168.1.1"
              value={draft.gateway}
              onChange={(event) => change({ gateway: event.currentTarget.value })}
              error={errorOf("ipv4.gateway")}
              maxLength={40}
            />
            <TextInput
              label={t("box.dns")}
              description={t("box.dnsHint")}
              value={draft.dns}
              onChange={(event) => change({ dns: event.currentTarget.value })}
              error={errorOf("ipv4.dns")}
              maxLength={120}
            />
          </>
        )}
        <NativeSelect
          label={t("box.card")}
          value={draft.card}
          onChange={(event) => change({ card: event.currentTarget.value })}
          error={errorOf("card")}
          data={own.map(({ name }) => name)}
        />
        <NumberInput
          label={t("box.vlan")}
          description={t("box.vlanHint")}
          value={draft.vlan}
          allowDecimal={false}
          thousandSeparator={false}
          onChange={(vlan) => change({ vlan: typeof vlan === "number" ? vlan : "" })}
          error={errorOf("vlan")}
        />
      </SimpleGrid>
      <Callout tone="calm" icon={IconDeviceLandlinePhone}>
        {t("box.phones")}
      </Callout>
      {Object.keys(problems).length === 0 && <FormError error={tryNetwork.error} />}
      <Group>
        <Button type="submit" loading={tryNetwork.isPending}>
          {t("box.tryIt")}
        </Button>
        {cutsCalls && (
          <Button color="red" variant="light" onClick={() => send(true)}>
            {t("box.tryAnyway")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
