import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots, IconPencil, IconPlugConnected, IconPlus, IconRoute, IconTrash } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { Trunk } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import { Section } from "../parts/page.tsx";
import { Empty, Lines, Loaded } from "../parts/states.tsx";
import classes from "./lines.module.css";
import { TrunkChannels, TrunkState } from "./trunk-state.tsx";

interface Props {
  query: UseQueryResult<Trunk[]>;
  add: () => void;
  act: (action: "edit" | "test" | "delete", trunk: Trunk) => void;
}

export function TrunkList({ query, add, act }: Props) {
  const t = useWords();
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
                <li
                  key={trunk.trunkId}
                  className={`${classes["row"]} ${classes["trunkRow"]}`}
                  data-testid="trunk"
                  data-state={trunk.state}
                >
                  <div className={classes["cell"]}>
                    <div className={classes["name"]} title={trunk.name}>
                      <bdi>{trunk.name}</bdi>
                    </div>
                    <div className={classes["soft"]}>
                      {t(`trunk.kind.${trunk.kind}`)} · {trunk.server}:{trunk.port}
                    </div>
                  </div>
                  <div className={classes["cell"]}>
                    <TrunkState trunk={trunk} />
                  </div>
                  <div className={classes["cell"]}>
                    <TrunkChannels trunk={trunk} />
                  </div>
                  <TrunkMenu trunk={trunk} act={act} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function TrunkMenu({ trunk, act }: { trunk: Trunk; act: Props["act"] }) {
  const t = useWords();
  return (
    <div className={classes["actions"]}>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("trunk.actions", { name: trunk.name })}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPlugConnected size={17} aria-hidden />} onClick={() => act("test", trunk)}>
            {t("trunkTest.start")}
          </Menu.Item>
          <Menu.Item leftSection={<IconPencil size={17} aria-hidden />} onClick={() => act("edit", trunk)}>
            {t("action.edit")}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={17} aria-hidden />} onClick={() => act("delete", trunk)}>
            {t("action.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
