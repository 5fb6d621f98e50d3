import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@/global.css";
import { createRoot } from "react-dom/client";
import { App } from "@/app";
import { keepPage } from "@/offline";
import { installPalette } from "@/spans/palette";

installPalette(document.documentElement.style);
createRoot(document.getElementById("root")!).render(<App />);
void keepPage();
