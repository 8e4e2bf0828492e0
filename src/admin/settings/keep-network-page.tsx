import { Button, Paper, Stack, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { ApiError } from "../api/api-error.ts";
import { useKeepNetwork } from "../api/box.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { FormError } from "../parts/states.tsx";
import classes from "../sign-in/sign-in.module.css";

export const KEEP_NETWORK_PATH = "/keep-network";

/** Where the panel at the old address leads to; that this page is seen is the proof that the box is reached at the new one. */
export function KeepNetworkPage() {
  const t = useWords();
  const keep = useKeepNetwork();
  // The old address is back: there is nothing left to keep.
  const isOver = keep.error instanceof ApiError && keep.error.code === "box-trial-over";
  return (
    <main className={classes["page"]}>
      <Paper className={classes["card"] ?? ""} withBorder radius="lg">
        <Stack gap="md">
          <Title order={1} size="h1">
            {isOver ? t("settings.tab.box") : t("keepNetwork.title")}
          </Title>
          {keep.isSuccess ? (
            <>
              <Callout tone="calm" icon={IconCircleCheck}>
                {t("keepNetwork.done")}
              </Callout>
              <Button component="a" href="/">
                {t("signIn.submit")}
              </Button>
            </>
          ) : (
            <>
              {!isOver && <div>{t("keepNetwork.text")}</div>}
              <FormError error={keep.error} />
              {!isOver && (
                <Button size="md" loading={keep.isPending} onClick={() => keep.mutate(window.location.hash.slice(1))}>
                  {t("box.keep")}
                </Button>
              )}
            </>
          )}
        </Stack>
      </Paper>
    </main>
  );
}
