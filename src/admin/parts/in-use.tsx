import { Button, Group, Modal } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import { Link } from "wouter";
import { ApiError, type UsedAt } from "../api/api-error.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "./callout.tsx";
import classes from "./parts.module.css";

/** Where something is used that was to be deleted, each place with the way to it. Null when the error is another one. */
export function usedPlaces(error: unknown): readonly UsedAt[] | null {
  if (!(error instanceof ApiError) || error.code !== "in-use") return null;
  return error.places.length === 0 ? null : error.places;
}

/** @param onGo called when somebody follows a link */
export function InUse({ places, onGo }: { places: readonly UsedAt[]; onGo?: () => void }) {
  const t = useWords();
  return (
    <div role="alert" data-testid="in-use">
      <Callout tone="warn" icon={IconLink} title={t("inUse.title")}>
        {t("inUse.text")}
        <ul className={classes["places"]}>
          {places.map((place) => (
            <li key={`${place.kind} ${place.id ?? ""} ${place.name}`}>
              <PlaceLink place={place} onGo={onGo} />
            </li>
          ))}
        </ul>
      </Callout>
    </div>
  );
}

function PlaceLink({ place: { kind, id, name }, onGo }: { place: UsedAt; onGo: (() => void) | undefined }) {
  const t = useWords();
  switch (kind) {
    case "number":
      return (
        <>
          {t("inUse.number")}{" "}
          <Link href="/lines" onClick={onGo}>
            {name}
          </Link>
        </>
      );
    case "rule":
      return (
        <>
          {t("inUse.rule")}{" "}
          <Link href="/lines/outgoing" onClick={onGo}>
            {name}
          </Link>
        </>
      );
    case "flow":
      return (
        <>
          {t("inUse.flow")}{" "}
          <Link href={`/call-flow/${encodeURIComponent(id ?? "main")}`} onClick={onGo}>
            {id === "main" && name === "main" ? t("flows.default") : name}
          </Link>
        </>
      );
    default:
      return name;
  }
}

/** For what is deleted from a menu, without a form that could say so. */
export function InUseDialog({ name, error, onClose }: { name: string; error: unknown; onClose: () => void }) {
  const t = useWords();
  const places = usedPlaces(error);
  return (
    <Modal
      opened={places !== null}
      onClose={onClose}
      title={t("inUse.dialog", { name })}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {places !== null && <InUse places={places} onGo={onClose} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t("action.close")}
        </Button>
      </Group>
    </Modal>
  );
}
