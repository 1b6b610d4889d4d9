// Starts the desk: language first, then everything else around the router.
import "@mantine/core/styles.layer.css";
import "virtual:theme.css";
import "./look/global.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { queries } from "./api/queries";
import { router } from "./app/router";
import { settings } from "./app/settings";
import { useScheme } from "./app/scheme";
import { firstSpeech, SpeechProvider } from "./i18n";
import { theme } from "./look/theme";
import { Crash } from "./ui/Crash";
import { Toasts } from "./ui/toast";

function Look({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} forceColorScheme={useScheme()} withCssVariables={false} withGlobalClasses={false}>
      {children}
    </MantineProvider>
  );
}

const speech = await firstSpeech(settings().language);
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <SpeechProvider first={speech}>
      <Look>
        <Crash>
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
            <Toasts />
          </QueryClientProvider>
        </Crash>
      </Look>
    </SpeechProvider>
  </StrictMode>,
);
