import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots, IconHash, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { SiteNumber, Trunk } from "../api/client.ts";
import { LANGUAGE_NAMES, useWords } from "../messages/language.tsx";
import { Section } from "../parts/page.tsx";
import { Empty, Lines, Loaded } from "../parts/states.tsx";
import classes from "./lines.module.css";

interface Props {
  query: UseQueryResult<SiteNumber[]>;
  trunks: readonly Trunk[];
  add: () => void;
  edit: (number: SiteNumber) => void;
  remove: (number: SiteNumber) => void;
}

export function NumberList({ query, trunks, add, edit, remove }: Props) {
  const t = useWords();
  const trunkName = (trunkId: number | null) =>
    trunks.find((trunk) => trunk.trunkId === trunkId)?.name ?? t("number.anyTrunk");
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
                <li key={number.numberId} className={classes["row"]} data-testid="number">
                  <div style={{ minWidth: 0 }}>
                    <div className={`${classes["name"]} numeric`}>
                      <bdi>{number.number}</bdi>
                    </div>
                    <div className={classes["soft"]}>
                      <bdi>{number.name}</bdi>
                    </div>
                  </div>
                  <div className={classes["soft"]}>
                    <bdi>{trunkName(number.trunkId)}</bdi> ·{" "}
                    {number.language === null ? t("number.siteLanguage") : LANGUAGE_NAMES[number.language]}
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
                        <Menu.Item
                          color="red"
                          leftSection={<IconTrash size={17} aria-hidden />}
                          onClick={() => remove(number)}
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
