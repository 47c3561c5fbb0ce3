/** The golden files: the server's tests fold the same events to the same tables. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TableEvent } from "./events";
import { evolve } from "./evolve";
import { fold, type Table } from "./fold";
import type { Row } from "./rows";
import { WindowRows } from "./window-rows";

interface Golden {
  readonly name: string;
  readonly table: Table;
  readonly events: readonly TableEvent[];
  readonly expected: {
    readonly columns: readonly string[];
    readonly rows: readonly Row[];
    readonly leases?: object;
  };
  /** The table that a client loads when an import comes. */
  readonly reload?: Table;
}

const FOLDER = join(import.meta.dirname, "../../../tests/golden");

const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Golden)
  // One file holds the journal as it is stored; that is the server's alone.
  .filter((golden) => "expected" in golden);

describe("The fold of the golden files", () => {
  test("has files to fold", () => expect(files.length).toBeGreaterThan(10));

  test.each(files.map((golden) => [golden.name, golden] as const))(
    "%s",
    (_, { table, events, expected, reload }) => {
      const folded = events.reduce<Table>((before, event) => {
        const after = fold(before, event);
        // The rows of an import are not in its event: a client loads them, here from the file.
        return event.kind === "table_imported" ? { ...(reload ?? expected), leases: new Map() } : after;
      }, table);
      expect({ columns: folded.columns, rows: folded.rows }).toEqual({
        columns: expected.columns,
        rows: expected.rows,
      });
      const holders = Object.fromEntries(
        [...(folded.leases ?? [])].map(([index, { holder }]) => [index, holder]),
      );
      expect(holders).toEqual(expected.leases ?? {});
    },
  );

  const withoutImports = files.filter(({ events }) =>
    events.every((event) => event.kind !== "table_imported"),
  );
  test.each(withoutImports.map((golden) => [golden.name, golden] as const))(
    "%s, in the windows that the grid shows",
    (_, { table, events, expected }) => {
      const rows = new WindowRows(table.columns, table.rows.length);
      rows.put(0, table.rows);
      for (const event of events) evolve(rows, event);
      expect(rows.torn).toBe(false);
      expect(rows.total).toBe(expected.rows.length);
      expect({ columns: rows.columns, rows: rows.read(0, rows.total) }).toEqual({
        columns: expected.columns,
        rows: expected.rows,
      });
    },
  );
});
