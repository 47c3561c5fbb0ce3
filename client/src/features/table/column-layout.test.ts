import { describe, expect, test } from "vitest";
import {
  AS_THE_TABLE,
  arranged,
  type ColumnLayout,
  renamed,
  storedLayout,
  storeLayout,
} from "./column-layout";

const layout: ColumnLayout = {
  order: ["price", "name"],
  widths: { name: 200 },
  hidden: ["note"],
  pinned: ["name"],
};

describe("The layout of the columns", () => {
  test("is kept for each person", () => {
    storeLayout("ana", layout);
    expect(storedLayout("ana")).toEqual(layout);
    expect(storedLayout("bruno")).toEqual(AS_THE_TABLE);
    storeLayout("ana", AS_THE_TABLE);
    expect(localStorage.getItem("rowlock.columns.ana")).toBeNull();
  });

  test("begins anew where what was kept makes no sense", () => {
    localStorage.setItem("rowlock.columns.ana", '{"order": [1], "widths": {}, "hidden": [], "pinned": []}');
    expect(storedLayout("ana")).toEqual(AS_THE_TABLE);
  });

  test("orders the columns, and gives new ones a place beside their neighbours", () => {
    expect(arranged(["name", "price"], AS_THE_TABLE)).toEqual(["name", "price"]);
    expect(arranged(["name", "price"], layout)).toEqual(["price", "name"]);
    expect(arranged(["first", "name", "unit", "price"], layout)).toEqual(["first", "price", "name", "unit"]);
    expect(arranged(["name"], layout)).toEqual(["name"]);
  });

  test("goes along with a column that gets another name", () => {
    expect(renamed(layout, "name", "title")).toEqual({
      order: ["price", "title"],
      widths: { title: 200 },
      hidden: ["note"],
      pinned: ["title"],
    });
  });
});
