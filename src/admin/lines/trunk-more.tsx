import {
  Accordion,
  Checkbox,
  Group,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from "@mantine/core";
import {
  CALLER_ID_POLICIES,
  DTMF_MODES,
  INCOMING_FORMATS,
  OUTGOING_FORMATS,
  SRTP_MODES,
  TRUNK_CODECS,
  TRUNK_TRANSPORTS,
} from "../../calls/trunk.ts";
import { useWords } from "../messages/language.tsx";
import classes from "./lines.module.css";
import type { TrunkPartProps } from "./trunk-basics.tsx";
import type { MorePart } from "./trunk-draft.ts";

interface Props extends TrunkPartProps {
  open: MorePart[];
  setOpen: (parts: MorePart[]) => void;
}

const PARTS = { channels: Channels, numbers: Numbers, sound: Sound, connection: Connection } as const;
const ORDER = ["channels", "numbers", "sound", "connection"] as const;

/** What most lines need not say. */
export function TrunkMore({ open, setOpen, ...props }: Props) {
  const t = useWords();
  return (
    <Accordion
      multiple
      value={open}
      onChange={(names) => setOpen(ORDER.filter((part) => names.includes(part)))}
      variant="separated"
      order={3}
      classNames={{ item: classes["moreItem"] ?? "" }}
    >
      {ORDER.map((part) => {
        const Part = PARTS[part];
        return (
          <Accordion.Item key={part} value={part}>
            <Accordion.Control>
              <span className={classes["moreName"]}>{t(`trunkForm.part.${part}`)}</span>
              <span className={classes["soft"]}>{t(`trunkForm.part.${part}.hint`)}</span>
            </Accordion.Control>
            <Accordion.Panel>{open.includes(part) && <Part {...props} />}</Accordion.Panel>
          </Accordion.Item>
        );
      })}
    </Accordion>
  );
}

/** Finds what was chosen among what can be. */
const chosen = <Value extends string>(values: readonly Value[], text: string, usual: Value) =>
  values.find((value) => value === text) ?? usual;

function Channels({ draft, change, errorOf }: TrunkPartProps) {
  const t = useWords();
  const whole = { allowDecimal: false, allowNegative: false, min: 0, max: 1000 };
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="md" className={classes["evenFields"] ?? ""}>
      <NumberInput
        {...whole}
        label={t("trunkForm.total")}
        placeholder={t("trunkForm.noLimit")}
        value={draft.total}
        onChange={(total) => change({ total })}
        error={errorOf("channels.total")}
      />
      <NumberInput
        {...whole}
        label={t("trunkForm.mostOutgoing")}
        placeholder={t("trunkForm.noLimit")}
        value={draft.mostOutgoing}
        onChange={(mostOutgoing) => change({ mostOutgoing })}
        error={errorOf("channels.mostOutgoing")}
      />
      <NumberInput
        {...whole}
        label={t("trunkForm.keptFree")}
        value={draft.keptFree}
        onChange={(keptFree) => change({ keptFree })}
        error={errorOf("channels.keptFree")}
      />
    </SimpleGrid>
  );
}

function Numbers({ draft, change, errorOf }: TrunkPartProps) {
  const t = useWords();
  return (
    <Stack gap="md">
      <NativeSelect
        label={t("trunkForm.callerId")}
        value={draft.callerId}
        onChange={(event) => change({ callerId: chosen(CALLER_ID_POLICIES, event.currentTarget.value, "own-number") })}
        data={CALLER_ID_POLICIES.map((value) => ({ value, label: t(`trunkForm.callerId.${value}`) }))}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" className={classes["evenFields"] ?? ""}>
        <NativeSelect
          label={t("trunkForm.outgoingFormat")}
          value={draft.outgoingFormat}
          onChange={(event) =>
            change({ outgoingFormat: chosen(OUTGOING_FORMATS, event.currentTarget.value, "as-dialled") })
          }
          data={OUTGOING_FORMATS.map((value) => ({ value, label: t(`trunkForm.outgoingFormat.${value}`) }))}
        />
        <TextInput
          label={t("trunkForm.outgoingPrefix")}
          placeholder={t("trunkForm.none")}
          value={draft.outgoingPrefix}
          onChange={(event) => change({ outgoingPrefix: event.currentTarget.value })}
          error={errorOf("outgoing.prefix")}
          inputMode="tel"
          maxLength={16}
        />
        <NativeSelect
          label={t("trunkForm.incomingFormat")}
          value={draft.incomingFormat}
          onChange={(event) => change({ incomingFormat: chosen(INCOMING_FORMATS, event.currentTarget.value, "auto") })}
          data={INCOMING_FORMATS.map((value) => ({ value, label: t(`trunkForm.incomingFormat.${value}`) }))}
        />
        <TextInput
          label={t("trunkForm.incomingPrefix")}
          placeholder={t("trunkForm.none")}
          value={draft.incomingPrefix}
          onChange={(event) => change({ incomingPrefix: event.currentTarget.value })}
          error={errorOf("incoming.prefix")}
          inputMode="tel"
          maxLength={11}
        />
      </SimpleGrid>
    </Stack>
  );
}

function Sound({ draft, change, errorOf }: TrunkPartProps) {
  const t = useWords();
  return (
    <Stack gap="md">
      <Checkbox.Group
        label={t("trunkForm.codecs")}
        description={t("trunkForm.codecsHint")}
        value={draft.codecs}
        onChange={(names) => change({ codecs: TRUNK_CODECS.filter((codec) => names.includes(codec)) })}
        error={errorOf("codecs")}
      >
        <Group mt="xs">
          <Checkbox value="PCMA" label="PCMA (G.711 A)" />
          <Checkbox value="PCMU" label="PCMU (G.711 µ)" />
        </Group>
      </Checkbox.Group>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" className={classes["evenFields"] ?? ""}>
        <NativeSelect
          label={t("trunkForm.dtmf")}
          value={draft.dtmf}
          onChange={(event) => change({ dtmf: chosen(DTMF_MODES, event.currentTarget.value, "rfc2833") })}
          data={DTMF_MODES.map((value) => ({ value, label: t(`trunkForm.dtmf.${value}`) }))}
        />
        <NativeSelect
          label={t("trunkForm.srtp")}
          value={draft.srtp}
          onChange={(event) => change({ srtp: chosen(SRTP_MODES, event.currentTarget.value, "off") })}
          data={SRTP_MODES.map((value) => ({ value, label: t(`trunkForm.srtp.${value}`) }))}
        />
      </SimpleGrid>
    </Stack>
  );
}

function Connection({ draft, change, errorOf }: TrunkPartProps) {
  const t = useWords();
  const registers = draft.mode === "register";
  const plain = { spellCheck: false, autoCapitalize: "none", autoComplete: "off" };
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="md" className={classes["evenFields"] ?? ""}>
        <NativeSelect
          label={t("trunk.mode")}
          value={draft.mode}
          onChange={(event) => change({ mode: event.currentTarget.value === "ip-peer" ? "ip-peer" : "register" })}
          data={(["register", "ip-peer"] as const).map((value) => ({ value, label: t(`trunk.mode.${value}`) }))}
        />
        <NativeSelect
          label={t("trunkForm.transport")}
          value={draft.transport}
          onChange={(event) => {
            const transport = chosen(TRUNK_TRANSPORTS, event.currentTarget.value, "udp");
            const usual = draft.transport === "tls" ? 5061 : 5060;
            // Whoever has the usual port means the usual port.
            const port = Number(draft.port) === usual ? (transport === "tls" ? 5061 : 5060) : draft.port;
            change({ transport, port });
          }}
          data={TRUNK_TRANSPORTS.map((value) => ({ value, label: value.toUpperCase() }))}
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
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" className={classes["evenFields"] ?? ""}>
        {registers && (
          <TextInput
            {...plain}
            label={t("trunkForm.authUser")}
            placeholder={t("trunkForm.asUser")}
            value={draft.authUser}
            onChange={(event) => change({ authUser: event.currentTarget.value })}
            error={errorOf("authUser")}
          />
        )}
        <TextInput
          {...plain}
          label={t("trunkForm.outboundProxy")}
          placeholder={t("trunkForm.none")}
          value={draft.outboundProxy}
          onChange={(event) => change({ outboundProxy: event.currentTarget.value })}
          error={errorOf("outboundProxy")}
        />
        <TextInput
          {...plain}
          label={t("trunkForm.fromUser")}
          placeholder={t("trunkForm.asUser")}
          value={draft.fromUser}
          onChange={(event) => change({ fromUser: event.currentTarget.value })}
          error={errorOf("fromUser")}
        />
        <TextInput
          {...plain}
          label={t("trunkForm.fromDomain")}
          placeholder={t("trunkForm.asServer")}
          value={draft.fromDomain}
          onChange={(event) => change({ fromDomain: event.currentTarget.value })}
          error={errorOf("fromDomain")}
        />
        {registers && (
          <NumberInput
            label={t("trunkForm.expirySeconds")}
            value={draft.expirySeconds}
            onChange={(expirySeconds) => change({ expirySeconds })}
            error={errorOf("expirySeconds")}
            allowDecimal={false}
            allowNegative={false}
            hideControls
          />
        )}
      </SimpleGrid>
      <Textarea
        {...plain}
        label={t("trunkForm.sources")}
        description={t("trunkForm.sourcesHint")}
        placeholder="192.0.2.10"
        value={draft.sources}
        onChange={(event) => change({ sources: event.currentTarget.value })}
        error={errorOf("sources")}
        autosize
        minRows={1}
        maxRows={6}
      />
      {!registers && (
        <Switch
          label={t("trunkForm.isWatched")}
          description={t("trunkForm.isWatchedHint")}
          checked={draft.isWatched}
          onChange={(event) => change({ isWatched: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}
