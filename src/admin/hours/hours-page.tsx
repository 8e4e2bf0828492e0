import { ActionIcon, Button, Menu, Modal, NativeSelect } from "@mantine/core";
import { IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useSearchParams } from "wouter";
import type { Schedule } from "../api/client.ts";
import { useSchedules } from "../api/schedules.ts";
import { useSession } from "../api/session.ts";
import { useWords } from "../messages/language.tsx";
import { Page } from "../parts/page.tsx";
import page from "../parts/parts.module.css";
import { Lines, Loaded } from "../parts/states.tsx";
import { DateForm } from "./date-form.tsx";
import { DateSection } from "./date-section.tsx";
import { HolidaySection } from "./holiday-section.tsx";
import { NowCard } from "./now-card.tsx";
import type { OwnDate } from "./own-dates.ts";
import { AddSchedule, DeleteSchedule, RenameSchedule } from "./schedule-form.tsx";
import { WeekSection } from "./week-section.tsx";

type Dialog =
  | { name: "none" }
  | { name: "date"; own: OwnDate | null; isNew: boolean }
  | { name: "add" }
  | { name: "rename" }
  | { name: "delete" };

/** Whether the firm is open, and when: now, in the usual week, on holidays and on dates of its own. */
export default function HoursPage() {
  const t = useWords();
  const isAdmin = useSession().role === "admin";
  const query = useSchedules();
  const [search, setSearch] = useSearchParams();
  const [dialog, setDialog] = useState<Dialog>({ name: "none" });
  const close = () => setDialog({ name: "none" });
  const show = (scheduleId: number) => setSearch(scheduleId === 1 ? {} : { schedule: String(scheduleId) });
  const shown = query.data?.find(({ scheduleId }) => String(scheduleId) === search.get("schedule")) ?? query.data?.[0];

  return (
    <Page
      title={t("nav.hours")}
      actions={
        isAdmin && (
          <Button
            variant="default"
            leftSection={<IconPlus size={18} aria-hidden />}
            onClick={() => setDialog({ name: "add" })}
          >
            {t("schedule.add")}
          </Button>
        )
      }
    >
      <Loaded query={query} skeleton={<Lines count={8} />}>
        {(schedules) =>
          shown !== undefined && (
            <>
              <Choice schedules={schedules} shown={shown} show={show} isAdmin={isAdmin} open={setDialog} />
              <NowCard schedule={shown} />
              {isAdmin && <WeekSection key={`${shown.scheduleId} ${JSON.stringify(shown.weekly)}`} schedule={shown} />}
              <HolidaySection
                schedule={shown}
                canEdit={isAdmin}
                editDate={(own) =>
                  setDialog({ name: "date", own, isNew: !shown.dates.some(({ date }) => date === own.date) })
                }
              />
              <DateSection
                schedule={shown}
                canEdit={isAdmin}
                editDate={(own) => setDialog({ name: "date", own, isNew: own === null })}
              />
            </>
          )
        }
      </Loaded>
      {shown !== undefined && (
        <Modal
          opened={dialog.name !== "none"}
          onClose={close}
          title={titleOf(dialog, t)}
          closeButtonProps={{ "aria-label": t("action.close") }}
        >
          {dialog.name === "date" && <DateForm schedule={shown} own={dialog.own} onDone={close} />}
          {dialog.name === "add" && (
            <AddSchedule
              country={query.data?.[0]?.holidays.country ?? null}
              onDone={(scheduleId) => {
                show(scheduleId);
                close();
              }}
              onCancel={close}
            />
          )}
          {dialog.name === "rename" && <RenameSchedule schedule={shown} onDone={close} />}
          {dialog.name === "delete" && (
            <DeleteSchedule
              schedule={shown}
              onDone={() => {
                show(1);
                close();
              }}
              onCancel={close}
            />
          )}
        </Modal>
      )}
    </Page>
  );
}

function titleOf(dialog: Dialog, t: ReturnType<typeof useWords>): string {
  switch (dialog.name) {
    case "date":
      return dialog.isNew ? t("schedule.addDate") : t("schedule.editDate");
    case "rename":
      return t("schedule.rename");
    case "delete":
      return t("schedule.delete");
    case "add":
    case "none":
      return t("schedule.add");
  }
}

interface ChoiceProps {
  schedules: readonly Schedule[];
  shown: Schedule;
  show: (scheduleId: number) => void;
  isAdmin: boolean;
  open: (dialog: Dialog) => void;
}

/** Nothing to choose from, nothing to see: most firms have one. */
function Choice({ schedules, shown, show, isAdmin, open }: ChoiceProps) {
  const t = useWords();
  if (schedules.length < 2) return null;
  const nameOf = ({ name }: Schedule) => (name === "" ? t("schedule.main") : name);
  const users = shown.usedBy.numbers.map(({ number, name }) => (name === "" ? number : name)).join(", ");
  return (
    <div className={page["header"]}>
      <NativeSelect
        label={t("schedule.which")}
        description={users === "" ? undefined : t("schedule.usedBy", { names: users })}
        value={shown.scheduleId}
        onChange={(event) => show(Number(event.currentTarget.value))}
        data={schedules.map((schedule) => ({ value: String(schedule.scheduleId), label: nameOf(schedule) }))}
      />
      {isAdmin && (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("schedule.actions", { name: nameOf(shown) })}
            >
              <IconDots size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={17} aria-hidden />} onClick={() => open({ name: "rename" })}>
              {t("schedule.rename")}
            </Menu.Item>
            {!shown.isMain && (
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={17} aria-hidden />}
                onClick={() => open({ name: "delete" })}
              >
                {t("schedule.delete")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}
