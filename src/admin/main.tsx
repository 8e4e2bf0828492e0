import "./app/without-eval.ts";
import "@fontsource-variable/noto-sans";
import "@fontsource-variable/noto-sans-georgian";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/app.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/query-client.ts";
import { App } from "./app/app.tsx";
import { FailureBoundary } from "./app/failure-boundary.tsx";
import { theme } from "./app/theme.ts";
import { LanguageProvider } from "./messages/language.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-center" />
      <QueryClientProvider client={queryClient}>
        <LanguageProvider>
          <FailureBoundary>
            <App />
          </FailureBoundary>
        </LanguageProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
