/** Starts the client. */
import "@fontsource-variable/inter/index.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./global.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { claimClientId } from "@/sync/client-id";
import { App } from "./app";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root.");

const client = await claimClientId();
createRoot(root).render(
  <StrictMode>
    <App client={client} />
  </StrictMode>,
);
