import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.LIVENER_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: process.env.LIVENER_WEB_OUT ?? "../src/livener/server/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: URL would need a hole in the content security policy
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { "/v1": server, "/openapi.json": server } },
  test: { environment: "node", include: ["tests/**/*.test.{ts,tsx}"] },
});
