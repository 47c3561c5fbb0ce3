/** Feeds the grid's windows from the view, and turns what the grid asks for into a query. */
import type { IDatasource, IGetRowsParams } from "ag-grid-community";
import type { Engine } from "@/sync/engine";
import { type Filter, type Operator, type Query, WHOLE_TABLE } from "@/sync/query";

export class RowSource implements IDatasource {
  text = "";
  readonly #engine: Engine;
  readonly #failed: (error: unknown) => void;

  constructor(engine: Engine, failed: (error: unknown) => void) {
    this.#engine = engine;
    this.#failed = failed;
  }

  getRows(params: IGetRowsParams): void {
    const { view } = this.#engine;
    const query = queryOf(this.text, params);
    if (JSON.stringify(query) !== JSON.stringify(view.query)) view.ask(query);
    const known = view.read(params.startRow, params.endRow);
    if (known !== undefined) {
      params.successCallback([...known], view.total);
      return;
    }
    view
      .load(params.startRow, params.endRow)
      .then((rows) => params.successCallback([...rows], view.total))
      .catch((error: unknown) => {
        params.failCallback();
        this.#failed(error);
      });
  }
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  contains: "contains",
  equals: "eq",
  notEqual: "ne",
  lessThan: "lt",
  lessThanOrEqual: "le",
  greaterThan: "gt",
  greaterThanOrEqual: "ge",
  blank: "empty",
};

interface FilterModel {
  readonly type?: string;
  readonly filter?: string | number | null;
}

function queryOf(text: string, params: Pick<IGetRowsParams, "sortModel" | "filterModel">): Query {
  const [sort] = params.sortModel;
  return {
    ...WHOLE_TABLE,
    text,
    filters: filtersOf(params.filterModel as Readonly<Record<string, FilterModel>> | null),
    ...(sort === undefined ? {} : { sort: { column: sort.colId, descending: sort.sort === "desc" } }),
  };
}

function filtersOf(model: Readonly<Record<string, FilterModel>> | null): Filter[] {
  return Object.entries(model ?? {}).flatMap(([column, { type, filter }]) => {
    const operator = OPERATORS[type ?? ""];
    return operator === undefined ? [] : [{ column, operator, value: String(filter ?? "") }];
  });
}
