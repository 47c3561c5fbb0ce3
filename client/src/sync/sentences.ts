/** Every refusal of the contract as a sentence for somebody who has never read the contract. */
import { isProblem, type Problem, Refused, Unreachable } from "./problem";

const SENTENCES: Readonly<Record<string, (problem: Problem) => string>> = {
  bad_credentials: () => "That name and password do not go together.",
  username_taken: () => "Somebody has this name already. Choose another one, or sign in.",
  too_many_attempts: (problem) => `Too many tries. Wait ${seconds(problem.retry_after)} and try again.`,
  unauthorized: () => "Your session has ended. Sign in again to go on.",
  session_ended: () => "Your session has ended. Sign in again to go on.",
  row_locked: (problem) =>
    problem.yours
      ? "You are editing this row in another window."
      : `${problem.holder ?? "Somebody"} is editing ${rowOf(problem)}${atMost(problem)}.`,
  row_cooling: (problem) =>
    `${problem.holder ?? "Somebody"} has just edited ${rowOf(problem)}. It is free${within(problem)}.`,
  stale_lease: () => "Your hold on this row ended before the change arrived.",
  not_lease_owner: (problem) => `Only ${problem.holder ?? "its holder"} can give this row back.`,
  too_many_leases: () => "You hold too many rows at once. Finish some of them first.",
  version_mismatch: () => "Somebody changed this row in the meantime.",
  row_deleted: () => "This row has been deleted in the meantime.",
  row_not_found: () => "There is no such row.",
  unknown_column: (problem) => `There is no column “${problem.column ?? "?"}” any more.`,
  column_exists: (problem) => `There is a column “${problem.column ?? "?"}” already.`,
  control_character: () => "The text contains a character that a table cannot hold (NUL).",
  cell_too_large: () => "This text is too long for a cell. 65,536 characters fit.",
  bad_text: () => "The text contains half a character. Paste it again from where it came.",
  body_too_large: () => "That is too much at once. Do it in smaller parts.",
  too_many_requests: () => "That was too fast. It goes on in a moment.",
  busy: () => "The server is busy. It goes on in a moment.",
  overloaded: () => "The server is busy. It goes on in a moment.",
  storage_busy: () => "The server is busy. It goes on in a moment.",
  storage_full: () => "The server's disk is full, so nothing can be saved. What you typed is kept here.",
  storage_failed: () => "The server could not save this. What you typed is kept here.",
  outcome_unknown: () => "The server is not sure whether it saved this. It is being asked again.",
  ahead_of_head: () => "The table has not got that far yet.",
  undo_conflict: () => "This cannot be undone alone: the same cells were changed again later.",
  already_undone: () => "This has been undone already.",
  table_moved: () => "The table changed while this was being worked out. Try again.",
  bad_column: () => "A column cannot have this name, and a table needs at least one column.",
  backup_not_found: () => "This backup is no longer there.",
  backup_failed: () => "The backup could not be written or read. See the server's log.",
  conflict_not_found: () => "Somebody has decided about this already.",
  ambiguous_key: (problem) => problem.detail,
  idempotency_mismatch: () => "This change was sent before in another form. Type it again.",
  internal_error: () => "Something went wrong in the server. What you typed is kept here.",
};

/** What went wrong, for a person. */
export function sentence(error: unknown): string {
  if (error instanceof Unreachable) return "The server cannot be reached right now.";
  const problem = error instanceof Refused ? error.problem : error;
  if (isProblem(problem)) {
    return Object.hasOwn(SENTENCES, problem.code)
      ? (SENTENCES[problem.code]?.(problem) ?? problem.detail)
      : problem.detail;
  }
  return "Something went wrong here. Try again.";
}

/** In a batch it must be said which row is meant. */
function rowOf({ op, index }: Problem): string {
  return op === undefined || index === undefined ? "this row" : `row ${index}`;
}

function atMost({ expires_in }: Problem): string {
  return expires_in === undefined ? "" : `, for ${seconds(Math.ceil(expires_in))} at most`;
}

function within(problem: Problem): string {
  return problem.expires_in === undefined ? "" : ` within ${seconds(Math.ceil(problem.expires_in))}`;
}

/** A number of seconds as people say it. */
export function seconds(count: number | undefined): string {
  if (count === undefined) return "a moment";
  if (count < 100) return count === 1 ? "1 second" : `${count} seconds`;
  return `${Math.round(count / 60)} minutes`;
}
