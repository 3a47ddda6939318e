import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** Where `npm run dev` finds a running server. */
const server = process.env.VOLTARO_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/ui/",
  plugins: [svelte()],
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // light-dark()
    outDir: "../src/voltaro/_ui",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows no inline content
    license: { fileName: "licenses.txt" }, // of what is bundled: their licences ask for it
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/sign-in", "/sign-out", "/welcome", "/readyz"].map((path) => [path, server]),
    ),
  },
});
