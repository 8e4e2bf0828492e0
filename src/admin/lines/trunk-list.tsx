import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconDots,
  IconHelpCircle,
  IconLoader2,
  IconPencil,
  IconPlayerPause,
  IconPlus,
  IconRoute,
  IconTrash,
  type TablerIcon,
} from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { Trunk } from "../api/client.ts";
import { useDeleteTrunk, useRestoreTrunk } from "../api/lines.ts";
import { useWords } from "../messages/language.tsx";
import { Mark, type Tone } from "../parts/mark.tsx";
import { useNotice, useUndoNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { Empty, Lines, Loaded } from "../parts/states.tsx";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./lines.module.css";

const SIGNS: Record<Trunk["state"], { icon: TablerIcon; tone: Tone }> = {
  registered: { icon: IconCircleCheck, tone: "good" },
  trying: { icon: IconLoader2, tone: "warn" },
  failed: { icon: IconCircleX, tone: "bad" },
  down: { icon: IconCircleX, tone: "bad" },
  idle: { icon: IconCircleDashed, tone: "calm" },
  unknown: { icon: IconHelpCircle, tone: "calm" },
};

function TrunkState({ trunk }: { trunk: Trunk }) {
  const t = useWords();
  const { dayName, clock } = useSiteTime();
  if (!trunk.isEnabled) {
    return (
      <Mark icon={IconPlayerPause} tone="calm">
        {t("trunk.disabled")}
      </Mark>
    );
  }
  const { icon, tone } = SIGNS[trunk.state];
  return (
    <>
      <Mark icon={icon} tone={tone}>
        {t(`trunk.state.${trunk.state}`)}
      </Mark>
      <div className={classes["soft"]}>
        {t("trunk.since", { day: dayName(trunk.stateSince), time: clock(trunk.stateSince) })}
      </div>
    </>
  );
}

interface Props {
  query: UseQueryResult<Trunk[]>;
  add: () => void;
  edit: (trunk: Trunk) => void;
}

export function TrunkList({ query, add, edit }: Props) {
  const t = useWords();
  const remove = useRemove();
  return (
    <Section
      title={t("trunk.title")}
      hint={t("trunk.hint")}
      isFlush
      actions={
        <Button variant="default" leftSection={<IconPlus size={18} aria-hidden />} onClick={add}>
          {t("trunk.add")}
        </Button>
      }
    >
      <Loaded query={query} skeleton={<Lines count={2} height={28} />}>
        {(trunks) =>
          trunks.length === 0 ? (
            <Empty icon={IconRoute} title={t("trunk.none")} text={t("trunk.noneText")} />
          ) : (
            <ul className={classes["list"]} data-testid="trunks">
              {trunks.map((trunk) => (
                <li key={trunk.trunkId} className={classes["row"]} data-testid="trunk" data-state={trunk.state}>
                  <div style={{ minWidth: 0 }}>
                    <div className={classes["name"]} title={trunk.name}>
                      <bdi>{trunk.name}</bdi>
                    </div>
                    <div className={classes["soft"]}>
                      {t(`trunk.kind.${trunk.kind}`)} · {trunk.server}:{trunk.port}
                    </div>
                  </div>
                  <div>
                    <TrunkState trunk={trunk} />
                  </div>
                  <div className={classes["actions"]}>
                    <Menu position="bottom-end" shadow="md">
                      <Menu.Target>
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          size="lg"
                          aria-label={t("trunk.actions", { name: trunk.name })}
                        >
                          <IconDots size={20} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item leftSection={<IconPencil size={17} aria-hidden />} onClick={() => edit(trunk)}>
                          {t("action.edit")}
                        </Menu.Item>
                        <Menu.Item
                          color="red"
                          leftSection={<IconTrash size={17} aria-hidden />}
                          onClick={() => remove(trunk)}
                        >
                          {t("action.delete")}
                        </Menu.Item>
                      </Menu.Dropdown>
                    </Menu>
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function useRemove() {
  const t = useWords();
  const remove = useDeleteTrunk();
  const restore = useRestoreTrunk();
  const undoNotice = useUndoNotice();
  const { failed } = useNotice();
  return ({ trunkId, name }: Trunk) =>
    remove.mutate(trunkId, {
      onSuccess: () => undoNotice(t("trunk.deleted", { name }), () => restore.mutateAsync(trunkId)),
      onError: failed,
    });
}
