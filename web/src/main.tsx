import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@/global.css";
import { createRoot } from "react-dom/client";
import { App } from "@/app";

createRoot(document.getElementById("root")!).render(<App />);
if ("serviceWorker" in navigator && import.meta.env.PROD) void navigator.serviceWorker.register("/sw.js");
