import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useCallback } from "react";
import { useWords } from "../messages/language.tsx";
import { useErrorText } from "./use-error-text.ts";

const UNDO_SHOWN_MS = 20_000;

/** Says that something is gone and offers to bring it back, for as long as that is shown. */
export function useUndoNotice() {
  const t = useWords();
  const errorText = useErrorText();
  return useCallback(
    (message: string, undo: () => Promise<unknown>) => {
      const id = notifications.show({
        message: (
          <Group justify="space-between" wrap="nowrap" gap="md">
            <Text size="sm">{message}</Text>
            <Button
              variant="default"
              size="compact-sm"
              style={{ flex: "none" }}
              onClick={() => {
                notifications.hide(id);
                undo().then(
                  () => notifications.show({ message: t("notice.restored"), color: "petrol" }),
                  (error: unknown) => notifications.show({ message: errorText(error), color: "red" }),
                );
              }}
            >
              {t("notice.undo")}
            </Button>
          </Group>
        ),
        autoClose: UNDO_SHOWN_MS,
        color: "gray",
        closeButtonProps: { "aria-label": t("action.close") },
      });
    },
    [t, errorText],
  );
}

export function useNotice() {
  const t = useWords();
  const errorText = useErrorText();
  const tell = useCallback(
    (message: string) =>
      notifications.show({ message, color: "petrol", closeButtonProps: { "aria-label": t("action.close") } }),
    [t],
  );
  const failed = useCallback(
    (error: unknown) =>
      notifications.show({
        message: errorText(error),
        color: "red",
        autoClose: 12_000,
        closeButtonProps: { "aria-label": t("action.close") },
      }),
    [t, errorText],
  );
  return { tell, failed };
}
