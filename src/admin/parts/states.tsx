import { Button, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX, type TablerIcon } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useWords } from "../messages/language.tsx";
import { Callout } from "./callout.tsx";
import { InUse, usedPlaces } from "./in-use.tsx";
import classes from "./parts.module.css";
import { useErrorText } from "./use-error-text.ts";

interface EmptyProps {
  icon: TablerIcon;
  title: string;
  /** What to do so that something appears here. */
  text: string;
  children?: ReactNode;
}

export function Empty({ icon: Icon, title, text, children }: EmptyProps) {
  return (
    <div className={classes["state"]}>
      <Icon className={classes["stateIcon"]} size={32} stroke={1.5} aria-hidden />
      <Text fw={600}>{title}</Text>
      <div className={classes["stateText"]}>{text}</div>
      {children}
    </div>
  );
}

export function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  const t = useWords();
  const errorText = useErrorText();
  return (
    <div className={classes["state"]} role="alert">
      <IconPlugConnectedX className={classes["stateIcon"]} size={32} stroke={1.5} aria-hidden />
      <Text fw={600}>{t("state.failed")}</Text>
      <div className={classes["stateText"]}>{errorText(error)}</div>
      <Button variant="default" mt="xs" onClick={retry}>
        {t("state.retry")}
      </Button>
    </div>
  );
}

export function Lines({ count, height = 20 }: { count: number; height?: number }) {
  const t = useWords();
  return (
    <Stack gap="sm" p="md" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: count }, (_, index) => (
        // The lines are alike and never move.
        <Skeleton key={index} height={height} width={`${96 - ((index * 7) % 30)}%`} />
      ))}
    </Stack>
  );
}

interface LoadedProps<Data> {
  query: UseQueryResult<Data>;
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** Shows what a query brought, its outline until then, and a way to ask again when it failed. */
export function Loaded<Data>({ query, skeleton, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return skeleton ?? <Lines count={4} />;
}

/** Why a form was not accepted, above its buttons. */
export function FormError({ error }: { error: unknown }) {
  const errorText = useErrorText();
  if (error === null || error === undefined) return null;
  const places = usedPlaces(error);
  if (places !== null) return <InUse places={places} />;
  return (
    <div role="alert">
      <Callout tone="bad" icon={IconAlertTriangle}>
        {errorText(error)}
      </Callout>
    </div>
  );
}
