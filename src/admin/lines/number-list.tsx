import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots, IconHash, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { SiteNumber, Trunk, UnknownNumber } from "../api/client.ts";
import { useFlows } from "../api/flows.ts";
import { useUnknownNumbers } from "../api/lines.ts";
import { useSchedules } from "../api/schedules.ts";
import { nameOfFlow } from "../call-flow/name-of-flow.ts";
import { LANGUAGE_NAMES, useWords } from "../messages/language.tsx";
import { Section } from "../parts/page.tsx";
import { Empty, Lines, Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./lines.module.css";

interface Props {
  query: UseQueryResult<SiteNumber[]>;
  trunks: readonly Trunk[];
  add: () => void;
  addUnknown: (unknown: UnknownNumber) => void;
  edit: (number: SiteNumber) => void;
  remove: (number: SiteNumber) => void;
}

export function NumberList({ query, trunks, add, addUnknown, edit, remove }: Props) {
  const t = useWords();
  return (
    <Section
      title={t("number.title")}
      hint={t("number.hint")}
      isFlush
      actions={
        <Button variant="default" leftSection={<IconPlus size={18} aria-hidden />} onClick={add}>
          {t("number.add")}
        </Button>
      }
    >
      <Loaded query={query} skeleton={<Lines count={2} height={28} />}>
        {(numbers) =>
          numbers.length === 0 ? (
            <Empty icon={IconHash} title={t("number.none")} text={t("number.noneText")} />
          ) : (
            <ul className={classes["list"]} data-testid="numbers">
              {numbers.map((number) => (
                <Row key={number.numberId} {...{ number, trunks, edit, remove }} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <UnknownNumbers add={addUnknown} />
    </Section>
  );
}

function Row({ number, trunks, edit, remove }: Pick<Props, "trunks" | "edit" | "remove"> & { number: SiteNumber }) {
  const t = useWords();
  const flows = useFlows();
  const schedules = useSchedules();
  const trunk = trunks.find(({ trunkId }) => trunkId === number.trunkId);
  const flow = flows.data?.find(({ flowId, isDefault }) =>
    number.flowId === null ? isDefault : flowId === number.flowId,
  );
  const schedule = schedules.data?.find(({ scheduleId }) => scheduleId === number.scheduleId);
  const own = [
    ...(number.language === null ? [] : [LANGUAGE_NAMES[number.language]]),
    ...(schedule === undefined ? [] : [schedule.name === "" ? t("schedule.main") : schedule.name]),
    ...(number.recordCalls === null ? [] : [t(number.recordCalls ? "number.recorded" : "number.notRecorded")]),
  ];
  return (
    <li className={classes["row"]} data-testid="number">
      <div className={classes["cell"]}>
        <div className={`${classes["name"]} numeric`}>
          <bdi>{number.number}</bdi>
        </div>
        <div className={classes["soft"]}>
          <bdi>{number.name}</bdi> · <bdi>{trunk?.name ?? t("number.anyTrunk")}</bdi>
        </div>
      </div>
      <div className={classes["cell"]}>
        {flow !== undefined && (
          <div>
            {t("number.flow")}: <bdi>{nameOfFlow(t, flow)}</bdi>
          </div>
        )}
        {own.length > 0 && <div className={classes["soft"]}>{own.join(" · ")}</div>}
      </div>
      <div className={classes["actions"]}>
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("number.actions", { number: number.number })}
            >
              <IconDots size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={17} aria-hidden />} onClick={() => edit(number)}>
              {t("action.edit")}
            </Menu.Item>
            <Menu.Item color="red" leftSection={<IconTrash size={17} aria-hidden />} onClick={() => remove(number)}>
              {t("action.delete")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </li>
  );
}

/** Numbers that callers dialled and that nobody entered: most are the firm's own, written as the trunk delivers them. */
function UnknownNumbers({ add }: { add: (unknown: UnknownNumber) => void }) {
  const t = useWords();
  const { dayInSentence, clock } = useSiteTime();
  const unknown = useUnknownNumbers();
  if (unknown.data === undefined || unknown.data.length === 0) return null;
  return (
    <div className={classes["unknown"]} data-testid="unknown-numbers">
      <h3 className={classes["unknownTitle"]}>{t("unknownNumber.title")}</h3>
      <div className={classes["soft"]}>{t("unknownNumber.text")}</div>
      <ul className={classes["unknownList"]}>
        {unknown.data.map((one) => (
          <li key={one.number}>
            <span>
              <span className={`${classes["unknownNumber"]} numeric`}>
                <bdi>{one.number}</bdi>
              </span>{" "}
              <span className={classes["soft"]}>
                {t("unknownNumber.calls", {
                  count: one.count,
                  day: dayInSentence(one.lastAt),
                  time: clock(one.lastAt),
                })}
              </span>
            </span>
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => add(one)}
              aria-label={t("unknownNumber.addNamed", { number: one.number })}
            >
              {t("unknownNumber.add")}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
