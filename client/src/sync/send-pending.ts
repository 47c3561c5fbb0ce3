/** A pending edit as a request: one operation by its own route, several as a batch; always under its key. */
import type { Http } from "./http";
import type { Answer, Pending, RowOp } from "./outbox";

export function sendPending(http: Http, pending: Pending): Promise<Answer> {
  const headers: Record<string, string> = { "Idempotency-Key": pending.key };
  const [only, ...others] = pending.ops;
  if (only === undefined || others.length > 0) {
    return http.ask("POST", "/api/batch_csv", { body: { ops: pending.ops }, headers });
  }
  if (pending.token !== undefined) headers["Lease-Token"] = String(pending.token);
  else if (pending.version !== undefined) headers["If-Match"] = `"${pending.version}"`;
  return sendOne(http, only, headers);
}

function sendOne(http: Http, op: RowOp, headers: Record<string, string>): Promise<Answer> {
  switch (op.op) {
    case "add":
      return http.ask("POST", "/api/add_csv", {
        body: op.cells ?? {},
        params: { after: op.after, before: op.before },
        headers,
      });
    case "update":
      return http.ask("PUT", `/api/update_csv/${op.index}`, { body: op.cells ?? {}, headers });
    case "delete":
      return http.ask("DELETE", `/api/delete_csv/${op.index}`, { headers });
    default:
      return op.op satisfies never;
  }
}
