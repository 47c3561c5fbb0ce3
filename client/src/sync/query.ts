/** Which rows are asked for, in which order. */
export type Operator = "eq" | "ne" | "contains" | "lt" | "le" | "gt" | "ge" | "empty";

export interface Filter {
  readonly column: string;
  readonly operator: Operator;
  readonly value: string;
}

export interface Query {
  readonly text: string;
  readonly sort?: { readonly column: string; readonly descending: boolean };
  readonly filters: readonly Filter[];
  /** A moment of the past: a position or a time. */
  readonly at?: string;
}

export const WHOLE_TABLE: Query = { text: "", filters: [] };

/** Whether the rows are in the table's own order with none left out, so that events tell their places. */
export function isWhole(query: Query): boolean {
  return query.text === "" && query.sort === undefined && query.filters.length === 0;
}

/** The query as parameters of `/api/fetch_csv`. */
export function paramsOf(query: Query): Record<string, string | readonly string[] | undefined> {
  return {
    q: query.text === "" ? undefined : query.text,
    sort: query.sort && `${query.sort.descending ? "-" : ""}${query.sort.column}`,
    filter: query.filters.map((each) => `${each.column}:${each.operator}:${each.value}`),
    at: query.at,
  };
}
