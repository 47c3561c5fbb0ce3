/** Refusals as the server sends them (RFC 9457), and what stands for a server that does not answer. */
import type { Row } from "./rows";
import type { UndoConflictShape } from "./shapes";

export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly status: number;
  readonly retry_after?: number;
  readonly index?: number;
  readonly holder?: string;
  readonly expires_in?: number;
  /** The holder is oneself, in another window. */
  readonly yours?: boolean;
  /** The operation of a batch that was refused, from 0. */
  readonly op?: number;
  readonly column?: string;
  /** What stands in the way of an undo. */
  readonly conflicts?: readonly UndoConflict[];
  readonly row?: Pick<Row, "index" | "version"> & { readonly cells: Readonly<Record<string, string>> };
}

/** Why the event at `position` cannot be taken back; `by` is the later event that stands in the way. */
export type UndoConflict = UndoConflictShape;

/** The server understood and said no. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "Refused";
    this.problem = problem;
  }
}

/** No answer: the server is away, or the network is. */
export class Unreachable extends Error {
  constructor(cause?: unknown) {
    super("The server cannot be reached.", { cause });
    this.name = "Unreachable";
  }
}

/** Whether the same request may well succeed a little later, as it stands and under the same key. */
export function isTransient(problem: Problem): boolean {
  return problem.status >= 500 || problem.code === "busy" || problem.code === "too_many_requests";
}

export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" && value !== null && "code" in value && "detail" in value && "status" in value
  );
}
