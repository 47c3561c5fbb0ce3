/** The parts of AG Grid that we use; all others stay out of the download. */
import {
  CellApiModule,
  CellStyleModule,
  ColumnApiModule,
  ColumnHoverModule,
  CustomEditorModule,
  EventApiModule,
  HighlightChangesModule,
  InfiniteRowModelModule,
  ModuleRegistry,
  NumberFilterModule,
  RenderApiModule,
  RowApiModule,
  RowStyleModule,
  ScrollApiModule,
  TextEditorModule,
  TextFilterModule,
  TooltipModule,
} from "ag-grid-community";

export function registerGridModules(): void {
  ModuleRegistry.registerModules([
    CellApiModule,
    CellStyleModule,
    ColumnApiModule,
    ColumnHoverModule,
    CustomEditorModule,
    EventApiModule,
    HighlightChangesModule,
    InfiniteRowModelModule,
    NumberFilterModule,
    RenderApiModule,
    RowApiModule,
    RowStyleModule,
    ScrollApiModule,
    TextEditorModule,
    TextFilterModule,
    TooltipModule,
  ]);
}
