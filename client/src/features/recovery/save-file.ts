/** Downloads: fetched with the session, then handed to the browser as a file. */
import type { Http, Params } from "@/sync/http";
import { sentence } from "@/sync/sentences";
import { say } from "@/ui/say";

const KEPT_MS = 60_000;

export async function saveFile(http: Http, path: string, name: string, params?: Params): Promise<void> {
  try {
    const address = URL.createObjectURL(await http.download(path, params));
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  } catch (error) {
    say({ text: sentence(error), tone: "bad" });
  }
}

/** A number of bytes as people say it. */
export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
